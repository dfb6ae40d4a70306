"""Who comes in where."""

from django.urls import include, path

from biaobao.web.inbound.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("", include("biaobao.web.public.urls")),
    path("bidder/", include("biaobao.web.bidder.urls")),
    path("guarantee/", include("biaobao.web.guarantee.urls")),
    path("agency/", include("biaobao.web.agency.urls")),
    path("guarantor/", include("biaobao.web.guarantor.urls")),
    path("operator/", include("biaobao.web.operator.urls")),
    path("supervisor/", include("biaobao.web.supervisor.urls")),
    path("ui/", include("biaobao.web.ui.urls")),
]
