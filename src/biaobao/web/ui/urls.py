"""The showcase: every component in each of its states, and the pages that say no."""

from django.urls import path

from biaobao.web.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.components, name="components"),
    path("workbench", views.workbench, name="workbench"),
    path("product", views.product, name="product"),
    path("desk", views.desk, name="desk"),
    path("document", views.document, name="document"),
    path("refused", views.refusal, name="refused"),
    path("not-allowed", views.not_allowed, name="not-allowed"),
    path("not-found", views.not_found, name="not-found"),
    path("pages/<slug:name>", views.error_page, name="page"),
]
