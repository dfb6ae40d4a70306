"""The product's addresses, and a view that does nothing behind the same server and middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def bare(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - it is the same for all
    return HttpResponse("bare")


urlpatterns = [path("bare", bare), path("", include("biaobao.config.urls"))]
