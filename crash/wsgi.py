"""The web process as granian starts it, set to die at a step if its environment says so."""

from biaobao.config.wsgi import application  # noqa: F401 - granian asks for it
from crash import points

points.arm("web")
