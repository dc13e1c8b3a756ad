from django.urls import include, path
from rest_framework.routers import SimpleRouter

from patients.api import views as api
from patients.views import evaluation_drafts, evaluations, findings, help, links, records

app_name = "patients"

router = SimpleRouter(use_regex_path=False)
router.register("finding-types", api.FindingTypeViewSet, basename="api-finding-type")
router.register("patients", api.PatientViewSet, basename="api-patient")
router.register("findings", api.FindingViewSet, basename="api-finding")

urlpatterns = [
    path("patients/", records.patients, name="list"),
    path("patients/new/", records.new, name="new"),
    path("patients/<uuid:pk>/findings/", findings.add, name="finding_add"),
    path("findings/<uuid:pk>/close/", findings.close, name="finding_close"),
    path("findings/<uuid:pk>/reopen/", findings.reopen, name="finding_reopen"),
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
    path("help/<uuid:clinic_id>/", help.help_page, name="help"),
    path("t/", links.link, name="link"),
    path("t/open/", links.link_open, name="link_open"),
    path("t/match/", links.link_match, name="link_match"),
    path("api/v1/", include(router.urls)),
]
