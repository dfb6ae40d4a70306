"""Addresses of this console."""

from django.urls import URLPattern

app_name = "ui"
urlpatterns: list[URLPattern] = []
