"""What the product runs with is installed by ``make run`` alone, not only where tests run."""

from __future__ import annotations

import re
from importlib.metadata import packages_distributions

import pytest
from django.conf import settings

from tests.architecture.source import ROOT

LOCKED = re.compile(r"^([a-z0-9._-]+)==", re.MULTILINE)
NAMED = {each.partition(".")[0] for each in (*settings.INSTALLED_APPS, *settings.MIDDLEWARE)}


@pytest.mark.parametrize("package", sorted(NAMED - {"biaobao"}))
def test_what_the_settings_name_is_installed_where_the_product_runs(package: str):
    locked = LOCKED.findall((ROOT / "requirements" / "run.txt").read_text())

    (distribution,) = set(packages_distributions()[package])

    assert distribution.lower() in locked
