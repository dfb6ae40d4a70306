"""Addresses of this console."""

from django.urls import path

from biaobao.web.operator import (
    bank_files,
    basic_accounts,
    home,
    organisations,
    people,
    policies,
    pools,
    statements,
    suspense,
)

app_name = "operator"
urlpatterns = [
    path("", home.home, name="home"),
    path("suspense/", suspense.suspense, name="suspense"),
    path("bank-files/", bank_files.bank_files, name="bank-files"),
    path("bank-files/progress/", bank_files.progress, name="bank-files-progress"),
    path("bank-files/upload/", bank_files.upload, name="bank-files-upload"),
    path("statements/", statements.statements, name="statements"),
    path("statements/<uuid:reconciliation_id>/", statements.statement, name="statement"),
    path(
        "statements/differences/<uuid:difference_id>/",
        statements.explain,
        name="statement-explain",
    ),
    path("accounts/", pools.pools, name="pools"),
    path("accounts/<str:bank>/", pools.spare, name="pools-spare"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/enrol/", organisations.enrol, name="organisations-enrol"),
    path("organisations/check-code/", organisations.check_code, name="organisations-check-code"),
    path("organisations/<uuid:organisation_id>/", organisations.organisation, name="organisation"),
    path("policies/", policies.policies, name="policies"),
    path("policies/add/", policies.add, name="policies-add"),
    path("people/", people.people, name="people"),
    path("people/<uuid:person_id>/disable/", people.disable, name="people-disable"),
    path("people/<uuid:person_id>/enable/", people.enable, name="people-enable"),
    path("people/<uuid:person_id>/password/", people.reset_password, name="people-password"),
    path("basic-accounts/", basic_accounts.basic_accounts, name="basic-accounts"),
    path(
        "basic-accounts/<uuid:organisation_id>/confirm/",
        basic_accounts.confirm,
        name="basic-accounts-confirm",
    ),
]
