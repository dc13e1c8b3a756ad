from django.urls import include, path
from rest_framework.routers import SimpleRouter

from patients.api import views as api
from patients.red_flags import Region
from patients.views import (
    carers,
    cautions,
    evaluation_drafts,
    evaluations,
    findings,
    help,
    links,
    outcomes,
    questionnaires,
    records,
    referrals,
    safety,
    supports,
)

app_name = "patients"

router = SimpleRouter(use_regex_path=False)
router.register("finding-types", api.FindingTypeViewSet, basename="api-finding-type")
router.register("patients", api.PatientViewSet, basename="api-patient")
router.register("findings", api.FindingViewSet, basename="api-finding")

urlpatterns = [
    path("patients/", records.patients, name="list"),
    path("patients/new/", records.new, name="new"),
    path("patients/<uuid:pk>/findings/", findings.add, name="finding_add"),
    path("findings/<uuid:pk>/edit/", findings.edit, name="finding_edit"),
    path("findings/<uuid:pk>/history/", findings.history, name="finding_history"),
    path("findings/<uuid:pk>/close/", findings.close, name="finding_close"),
    path("findings/<uuid:pk>/recur/", findings.recur, name="finding_recur"),
    path("findings/<uuid:pk>/reopen/", findings.reopen, name="finding_reopen"),
    path("patients/<uuid:pk>/support/", supports.supports, name="support_list"),
    path("patients/<uuid:pk>/support/new/", supports.new, name="support_new"),
    path("support/<uuid:pk>/edit/", supports.edit, name="support_edit"),
    path("support/<uuid:pk>/history/", supports.history, name="support_history"),
    path("support/<uuid:pk>/end/", supports.end, name="support_end"),
    path("support/<uuid:pk>/resume/", supports.resume, name="support_resume"),
    path("support/<uuid:pk>/in-error/", supports.in_error, name="support_in_error"),
    path("support/<uuid:pk>/restore/", supports.restore, name="support_restore"),
    path("patients/<uuid:pk>/outcomes/", outcomes.outcome_list, name="outcome_list"),
    path("patients/<uuid:pk>/outcomes/new/", outcomes.outcome_new, name="outcome_new"),
    path("patients/<uuid:pk>/outcomes/status/", outcomes.outcome_status, name="outcome_status"),
    path("patients/<uuid:pk>/activities/", outcomes.activity_new, name="activity_new"),
    path("activities/<uuid:pk>/reword/", outcomes.activity_reword, name="activity_reword"),
    path("activities/<uuid:pk>/retire/", outcomes.activity_retire, name="activity_retire"),
    path("activities/<uuid:pk>/resume/", outcomes.activity_resume, name="activity_resume"),
    path(
        "patients/<uuid:pk>/questionnaires/<uuid:questionnaire_id>/",
        questionnaires.questionnaire_fill,
        name="questionnaire_fill",
    ),
    path("patients/<uuid:pk>/cautions/", cautions.cautions, name="cautions"),
    path("patients/<uuid:pk>/cautions/check/", cautions.check, name="caution_check"),
    path("patients/<uuid:pk>/safety/", safety.safety, name="safety"),
    path(
        "patients/<uuid:pk>/safety/screen/foot/",
        safety.screen,
        {"region": Region.FOOT},
        name="screening_foot",
    ),
    path(
        "patients/<uuid:pk>/safety/screen/back/",
        safety.screen,
        {"region": Region.BACK},
        name="screening_back",
    ),
    path("screenings/<uuid:pk>/error/", safety.screening_error, name="screening_error"),
    path("screenings/<uuid:pk>/restore/", safety.screening_restore, name="screening_restore"),
    path("flags/<uuid:pk>/decide/", safety.decide, name="flag_decide"),
    path("patients/<uuid:pk>/referrals/new/", referrals.new, name="referral_new"),
    path("referrals/<uuid:pk>/edit/", referrals.edit, name="referral_edit"),
    path("referrals/<uuid:pk>/close/", referrals.close, name="referral_close"),
    path("referrals/<uuid:pk>/cancel/", referrals.cancel, name="referral_cancel"),
    path("referrals/<uuid:pk>/reopen/", referrals.reopen, name="referral_reopen"),
    path("referrals/<uuid:pk>/error/", referrals.error, name="referral_error"),
    path("referrals/<uuid:pk>/history/", referrals.history, name="referral_history"),
    path("patients/<uuid:pk>/evaluations/", evaluations.evaluations, name="evaluations"),
    path("patients/<uuid:pk>/evaluations/new/", evaluation_drafts.start, name="evaluation_new"),
    path("evaluation-drafts/<uuid:pk>/", evaluation_drafts.draft, name="evaluation_draft"),
    path("evaluation-drafts/<uuid:pk>/save/", evaluation_drafts.save, name="evaluation_draft_save"),
    path("evaluation-drafts/<uuid:pk>/discard/", evaluation_drafts.discard, name="evaluation_draft_discard"),
    path("evaluation-drafts/<uuid:pk>/restore/", evaluation_drafts.restore, name="evaluation_draft_restore"),
    path("evaluations/<uuid:pk>/", evaluations.evaluation, name="evaluation"),
    path("evaluations/<uuid:pk>/amend/", evaluations.amend, name="evaluation_amend"),
    path("evaluations/<uuid:pk>/error/", evaluations.enter_in_error, name="evaluation_error"),
    path("evaluations/<uuid:pk>/restore/", evaluations.restore, name="evaluation_restore"),
    path("patients/<uuid:pk>/carer/", carers.patient_carer, name="patient_carer"),
    path("today/carer/", carers.my_carer, name="my_carer"),
    path("carer/<str:token>/", carers.carer, name="carer"),
    path("help/<uuid:clinic_id>/", help.help_page, name="help"),
    path("t/", links.link, name="link"),
    path("t/open/", links.link_open, name="link_open"),
    path("t/match/", links.link_match, name="link_match"),
    path("api/v1/", include(router.urls)),
]
