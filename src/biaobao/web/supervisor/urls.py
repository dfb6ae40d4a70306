"""Addresses of the supervisor's console."""

from django.urls import path

from biaobao.web.supervisor import contingencies, lots

app_name = "supervisor"
urlpatterns = [
    path("", lots.lots, name="lots"),
    path("lots/<uuid:lot_id>/", lots.lot, name="lot"),
    path("contingencies/", contingencies.contingencies, name="contingencies"),
    path("contingencies/<uuid:contingency_id>/", contingencies.decide, name="contingency"),
]
