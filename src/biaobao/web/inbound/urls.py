"""Addresses of this console."""

from django.urls import URLPattern

app_name = "inbound"
urlpatterns: list[URLPattern] = []
