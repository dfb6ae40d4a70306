"""The product's settings, with one address more: a bare view to compare pages with."""

from biaobao.config.settings import *  # noqa: F403 - all of them, unchanged

ROOT_URLCONF = "bench.urls"
