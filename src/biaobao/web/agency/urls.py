"""Addresses of the agency console."""

from django.urls import path

from biaobao.web.agency import (
    announcements,
    claims,
    contingencies,
    forfeitures,
    letters,
    lots,
    opening,
    projects,
    releases,
)

app_name = "agency"
urlpatterns = [
    path("", projects.projects, name="projects"),
    path("projects/new/", projects.new_project, name="project-new"),
    path("projects/<uuid:project_id>/", projects.project, name="project"),
    path("projects/<uuid:project_id>/lots/new/", lots.new_lot, name="lot-new"),
    path("projects/<uuid:project_id>/highest/", lots.highest, name="highest"),
    path("lots/<uuid:lot_id>/", lots.lot, name="lot"),
    path("lots/<uuid:lot_id>/edit/", lots.edit, name="lot-edit"),
    path("lots/<uuid:lot_id>/files/", lots.add_file, name="file-add"),
    path("lots/<uuid:lot_id>/files/<uuid:file_id>/", lots.file, name="file"),
    path("lots/<uuid:lot_id>/files/<uuid:file_id>/remove/", lots.remove_file, name="file-remove"),
    path("lots/<uuid:lot_id>/publish/", lots.publish, name="publish"),
    path("lots/<uuid:lot_id>/postpone/", announcements.postpone, name="postpone"),
    path("lots/<uuid:lot_id>/amount/", announcements.change_amount, name="amount"),
    path("lots/<uuid:lot_id>/suspend/", announcements.suspend, name="suspend"),
    path("lots/<uuid:lot_id>/resume/", announcements.resume, name="resume"),
    path("lots/<uuid:lot_id>/terminate/", announcements.terminate, name="terminate"),
    path("lots/<uuid:lot_id>/fail/", announcements.fail, name="fail"),
    path("lots/<uuid:lot_id>/award/", announcements.award, name="award"),
    path("lots/<uuid:lot_id>/award/withdraw/", announcements.withdraw_award, name="award-withdraw"),
    path("lots/<uuid:lot_id>/contract/", announcements.record_contract, name="contract"),
    path("lots/<uuid:lot_id>/opening/", opening.opening, name="opening"),
    path("lots/<uuid:lot_id>/release/", releases.release, name="release"),
    path("lots/<uuid:lot_id>/letters/<uuid:letter_id>.pdf", letters.letter, name="letter"),
    path("lots/<uuid:lot_id>/letters/release/", letters.release, name="letters-release"),
    path("lots/<uuid:lot_id>/letters/<uuid:letter_id>/claim/", claims.new, name="claim-new"),
    path(
        "lots/<uuid:lot_id>/letters/<uuid:letter_id>/contingency/",
        contingencies.propose,
        name="contingency",
    ),
    path("lots/<uuid:lot_id>/holds/<uuid:hold_id>/forfeit/", forfeitures.forfeit, name="forfeit"),
    path("forfeitures/<uuid:forfeiture_id>/", forfeitures.forfeiture, name="forfeiture"),
    path("forfeitures/<uuid:forfeiture_id>/decide/", forfeitures.decide, name="forfeiture-decide"),
    path(
        "forfeitures/<uuid:forfeiture_id>/withdraw/",
        forfeitures.withdraw,
        name="forfeiture-withdraw",
    ),
    path(
        "forfeitures/<uuid:forfeiture_id>/payee/", forfeitures.tell_payee, name="forfeiture-payee"
    ),
    path(
        "forfeitures/<uuid:forfeiture_id>/payee/confirm/",
        forfeitures.confirm_payee,
        name="forfeiture-confirm",
    ),
    path(
        "forfeitures/<uuid:forfeiture_id>/papers/<uuid:paper_id>/",
        forfeitures.paper,
        name="forfeiture-paper",
    ),
    path("claims/<uuid:claim_id>/", claims.claim, name="claim"),
    path("claims/<uuid:claim_id>/live/", claims.live, name="claim-live"),
    path("claims/<uuid:claim_id>/demand.pdf", claims.demand, name="claim-demand"),
    path("claims/<uuid:claim_id>/prepare/", claims.prepare, name="claim-prepare"),
    path("claims/<uuid:claim_id>/present/", claims.present, name="claim-present"),
    path("claims/<uuid:claim_id>/withdraw/", claims.withdraw, name="claim-withdraw"),
    path("claims/<uuid:claim_id>/payee/", claims.tell_payee, name="claim-payee"),
    path("claims/<uuid:claim_id>/files/<uuid:file_id>/", claims.file, name="claim-file"),
    path("lots/<uuid:lot_id>/opening.csv", opening.export, name="opening-export"),
]
