"""Addresses of the front door."""

from django.urls import path

from biaobao.web.public import lots, verify, views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("lots/<uuid:lot_id>/", lots.lot, name="lot"),
    path("verify/", verify.by_number, name="verify"),
    path("verify/file/", verify.by_file, name="verify-file"),
    path("verify/<str:number>/", verify.by_number, name="verify-number"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/challenge/", views.challenge, name="challenge"),
    path("sign-in/certificate/", views.sign_in_by_certificate, name="sign-in-by-certificate"),
    path("sign-in/organisation/", views.choose, name="choose"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("demo/certificates/<str:name>", views.demo_certificate, name="demo-certificate"),
]
