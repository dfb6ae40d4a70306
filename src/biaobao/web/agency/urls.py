"""Addresses of this console."""

from django.urls import URLPattern

app_name = "agency"
urlpatterns: list[URLPattern] = []
