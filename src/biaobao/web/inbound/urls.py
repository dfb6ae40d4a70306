"""Addresses for machines."""

from django.urls import path

from biaobao.web.inbound import banks

app_name = "inbound"
urlpatterns = [
    path("banks/<str:bank>/messages", banks.messages, name="bank-messages"),
]
