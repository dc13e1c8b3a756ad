from django.urls import include, path
from rest_framework.routers import SimpleRouter

from exercises.api import views as api
from exercises.views import assign, catalogue, patients, plan, preferences, programmes, progress, records

app_name = "exercises"

router = SimpleRouter(use_regex_path=False)
router.register("exercises", api.ExerciseViewSet, basename="api-exercise")
router.register("routines", api.RoutineViewSet, basename="api-routine")
router.register("programmes", api.ProgrammeViewSet, basename="api-programme")
router.register("logs", api.LogViewSet, basename="api-log")

urlpatterns = [
    path("patients/<uuid:pk>/", patients.patient, name="patient"),
    path("patients/<uuid:pk>/edit/", patients.edit, name="patient_edit"),
    path("patients/<uuid:pk>/reminders/", patients.reminders, name="patient_reminders"),
    path("patients/<uuid:pk>/progress/", progress.progress, name="progress"),
    path("patients/<uuid:pk>/programmes/new/", assign.assign, name="assign"),
    path("patients/<uuid:pk>/record/", records.record, name="record"),
    path("patients/<uuid:pk>/archive/", records.archive, name="patient_archive"),
    path("patients/<uuid:pk>/restore/", records.restore, name="patient_restore"),
    path("patients/<uuid:pk>/merge/<uuid:other>/", records.merge, name="merge"),
    path("merges/<uuid:pk>/undo/", records.merge_undo, name="merge_undo"),
    path("programmes/<uuid:pk>/", programmes.programme, name="programme"),
    path("programmes/<uuid:pk>/end/", programmes.end, name="programme_end"),
    path("programmes/<uuid:pk>/send/", programmes.resend, name="programme_resend"),
    path("exercises/", catalogue.catalogue, name="catalogue"),
    path("exercises/<slug:slug>/", catalogue.exercise, name="exercise"),
    path("exercises/<slug:slug>/favourite/", catalogue.favourite, name="favourite"),
    path("today/", plan.today, name="today"),
    path("today/log/", plan.log, name="log"),
    path("today/leave/", plan.leave, name="leave"),
    path("today/reminders/", preferences.my_reminders, name="my_reminders"),
    path("u/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("api/v1/", include(router.urls)),
]
