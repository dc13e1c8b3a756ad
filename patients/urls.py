from django.urls import include, path
from rest_framework.routers import SimpleRouter

from patients.api import views as api
from patients.red_flags import Region
from patients.views import findings, help, links, records, referrals, safety

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
    path("help/<uuid:clinic_id>/", help.help_page, name="help"),
    path("t/", links.link, name="link"),
    path("t/open/", links.link_open, name="link_open"),
    path("t/match/", links.link_match, name="link_match"),
    path("api/v1/", include(router.urls)),
]
