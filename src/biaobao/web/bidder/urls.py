"""Addresses of this console."""

from django.urls import path

from biaobao.web.bidder import company

app_name = "bidder"
urlpatterns = [
    path("company/", company.company, name="company"),
    path("company/account/", company.account, name="company-account"),
    path("company/people/add/", company.add_person, name="company-person-add"),
    path(
        "company/people/<uuid:person_id>/disable/", company.disable, name="company-person-disable"
    ),
    path("company/people/<uuid:person_id>/enable/", company.enable, name="company-person-enable"),
    path(
        "company/people/<uuid:person_id>/password/",
        company.reset_password,
        name="company-person-password",
    ),
    path("company/certificates/add/", company.add_certificate, name="company-certificate-add"),
    path(
        "company/certificates/<uuid:certificate_id>/end/",
        company.end_certificate,
        name="company-certificate-end",
    ),
]
