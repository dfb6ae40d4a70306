"""Addresses of this console."""

from django.urls import path

from biaobao.web.guarantor import home

app_name = "guarantor"
urlpatterns = [
    path("", home.home, name="home"),
]
