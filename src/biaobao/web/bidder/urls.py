"""Addresses of the bidder's console."""

from django.urls import path

from biaobao.web.bidder import (
    appeals,
    claims,
    company,
    forfeitures,
    memberships,
    pool,
    projects,
    refunds,
    registration,
    security,
)

app_name = "bidder"
urlpatterns = [
    path("", projects.projects, name="projects"),
    path("lots/<uuid:lot_id>/", registration.workbench, name="lot"),
    path("lots/<uuid:lot_id>/registration/", registration.registration, name="registration"),
    path("lots/<uuid:lot_id>/registration/contact/", registration.contact, name="contact"),
    path("lots/<uuid:lot_id>/registration/save/", registration.save, name="save"),
    path("lots/<uuid:lot_id>/files/<uuid:file_id>/", registration.file, name="file"),
    path("lots/<uuid:lot_id>/files/<uuid:file_id>/collect/", registration.collect, name="collect"),
    path("lots/<uuid:lot_id>/security/", security.security, name="security"),
    path("lots/<uuid:lot_id>/security/live/", security.live, name="security-live"),
    path("lots/<uuid:lot_id>/security/choose/", security.choose, name="security-choose"),
    path("lots/<uuid:lot_id>/security/pool/", security.choose_pool, name="security-pool"),
    path(
        "lots/<uuid:lot_id>/security/pool/leave/",
        security.leave_pool,
        name="security-pool-leave",
    ),
    path(
        "lots/<uuid:lot_id>/security/pool/receipt/",
        security.pool_receipt,
        name="security-pool-receipt",
    ),
    path("lots/<uuid:lot_id>/security/ask/", security.ask, name="security-ask"),
    path("lots/<uuid:lot_id>/security/claim/", claims.claim, name="claim"),
    path(
        "lots/<uuid:lot_id>/security/switch/",
        refunds.give_up,
        {"reason": "SWITCHED"},
        name="security-switch",
    ),
    path(
        "lots/<uuid:lot_id>/security/withdraw/",
        refunds.give_up,
        {"reason": "WITHDRAWN"},
        name="security-withdraw",
    ),
    path(
        "lots/<uuid:lot_id>/security/credits/<uuid:credit_id>/return/",
        refunds.ask_back,
        name="credit-return",
    ),
    path(
        "lots/<uuid:lot_id>/security/credits/<uuid:credit_id>/move/",
        claims.move,
        name="credit-move",
    ),
    path("forfeitures/<uuid:forfeiture_id>/", forfeitures.forfeiture, name="forfeiture"),
    path(
        "forfeitures/<uuid:forfeiture_id>/papers/<uuid:paper_id>/",
        forfeitures.paper,
        name="forfeiture-paper",
    ),
    path("pool/", pool.pool, name="pool"),
    path("pool/appeals/", appeals.appeals, name="pool-appeals"),
    path("pool/appeals/<uuid:appeal_id>/withdraw/", appeals.withdraw, name="pool-appeal-withdraw"),
    path(
        "pool/appeals/<uuid:appeal_id>/files/<uuid:file_id>/",
        appeals.file,
        name="pool-appeal-file",
    ),
    path("pool/live/", pool.live, name="pool-live"),
    path("pool/schemes/<uuid:scheme_id>/apply/", memberships.apply, name="pool-apply"),
    path("pool/<uuid:membership_id>/ask/", pool.ask, name="pool-ask"),
    path("pool/<uuid:membership_id>/withdraw/", memberships.withdraw, name="pool-withdraw"),
    path("pool/<uuid:membership_id>/renew/", memberships.renew, name="pool-renew"),
    path("pool/<uuid:membership_id>/leave/", memberships.leave, name="pool-leave"),
    path("refunds/", refunds.refunds, name="refunds"),
    path("refunds/<uuid:refund_id>/approve/", refunds.approve, name="refund-approve"),
    path("refunds/<uuid:refund_id>/cancel/", refunds.cancel, name="refund-cancel"),
    path("refunds/<uuid:refund_id>/again/", refunds.again, name="refund-again"),
    path("refunds/<uuid:refund_id>/payee/", refunds.payee, name="refund-payee"),
    path("claims/<uuid:claim_id>/slip/", claims.slip, name="claim-slip"),
    path("claims/<uuid:claim_id>/withdraw/", claims.withdraw, name="claim-withdraw"),
    path("claims/<uuid:claim_id>/confirm/", claims.confirm, name="claim-confirm"),
    path("offers/<uuid:claim_id>/", claims.offer, name="offer"),
    path("offers/<uuid:claim_id>/decline/", claims.decline, name="offer-decline"),
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
