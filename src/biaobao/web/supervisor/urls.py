"""Addresses of this console."""

from django.urls import URLPattern

app_name = "supervisor"
urlpatterns: list[URLPattern] = []
