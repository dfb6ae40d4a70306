"""Addresses of the bidder's console."""

from django.urls import path

from biaobao.web.bidder import projects, registration, security

app_name = "bidder"
urlpatterns = [
    path("", projects.projects, name="projects"),
    path("lots/<uuid:lot_id>/", registration.workbench, name="lot"),
    path("lots/<uuid:lot_id>/registration/", registration.registration, name="registration"),
    path("lots/<uuid:lot_id>/registration/contact/", registration.contact, name="contact"),
    path("lots/<uuid:lot_id>/registration/save/", registration.save, name="save"),
    path("lots/<uuid:lot_id>/files/<uuid:file_id>/", registration.file, name="file"),
    path("lots/<uuid:lot_id>/files/<uuid:file_id>/collect/", registration.collect, name="collect"),
    path("lots/<uuid:lot_id>/security/", security.security, name="security"),
]
