"""Addresses of this console."""

from django.urls import URLPattern

app_name = "bidder"
urlpatterns: list[URLPattern] = []
