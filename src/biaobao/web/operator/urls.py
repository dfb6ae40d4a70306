"""Addresses of this console."""

from django.urls import URLPattern

app_name = "operator"
urlpatterns: list[URLPattern] = []
