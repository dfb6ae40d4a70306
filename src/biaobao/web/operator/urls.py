"""Addresses of this console."""

from django.urls import path

from biaobao.web.operator import (
    bank_files,
    basic_accounts,
    claims,
    home,
    organisations,
    payees,
    people,
    policies,
    refunds,
    suspense,
    unexplained,
)

app_name = "operator"
urlpatterns = [
    path("", home.home, name="home"),
    path("suspense/", suspense.suspense, name="suspense"),
    path("suspense/<uuid:credit_id>/", suspense.credit, name="credit"),
    path("suspense/<uuid:credit_id>/offer/", suspense.offer, name="credit-offer"),
    path("suspense/<uuid:credit_id>/return/", suspense.give_back, name="credit-return"),
    path("claims/", claims.claims, name="claims"),
    path("claims/<uuid:claim_id>/", claims.claim, name="claim"),
    path("claims/<uuid:claim_id>/slip/", claims.slip, name="claim-slip"),
    path("claims/<uuid:claim_id>/confirm/", claims.confirm, name="claim-confirm"),
    path("claims/<uuid:claim_id>/decline/", claims.decline, name="claim-decline"),
    path("refunds/", refunds.refunds, name="refunds"),
    path("refunds/lots/", refunds.lots, name="refund-lots"),
    path("refunds/lots/<uuid:lot_id>/", refunds.approve_lot, name="refund-lot"),
    path("refunds/<uuid:refund_id>/", refunds.refund, name="refund"),
    path("refunds/<uuid:refund_id>/approve/", refunds.approve, name="refund-approve"),
    path("refunds/<uuid:refund_id>/cancel/", refunds.cancel, name="refund-cancel"),
    path("refunds/<uuid:refund_id>/again/", refunds.propose_again, name="refund-again"),
    path("payees/", payees.payees, name="payees"),
    path("payees/<uuid:change_id>/confirm/", payees.confirm, name="payee-confirm"),
    path("payees/<uuid:change_id>/decline/", payees.decline, name="payee-decline"),
    path("unexplained/", unexplained.unexplained, name="unexplained"),
    path("bank-files/", bank_files.bank_files, name="bank-files"),
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
