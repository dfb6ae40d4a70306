"""Addresses of this console."""

from django.urls import URLPattern

app_name = "public"
urlpatterns: list[URLPattern] = []
