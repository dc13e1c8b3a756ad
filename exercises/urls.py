from django.urls import include, path
from rest_framework.routers import SimpleRouter

from exercises.api import views as api
from exercises.views import (
    assign,
    calendar,
    catalogue,
    contact_sheet,
    own_exercises,
    patients,
    photos,
    plan,
    preferences,
    programmes,
    progress,
    proposals,
    records,
    routines,
    versions,
)

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
    path("programmes/<uuid:pk>/versions/", versions.versions, name="programme_versions"),
    path("programmes/<uuid:pk>/end/", programmes.end, name="programme_end"),
    path("programmes/<uuid:pk>/send/", programmes.resend, name="programme_resend"),
    path("programmes/<uuid:pk>/routine/", routines.from_programme, name="routine_from_programme"),
    path("routines/", routines.routines, name="routines"),
    path("routines/new/", routines.new, name="routine_new"),
    path("routines/<slug:slug>/", routines.routine, name="routine"),
    path("routines/<slug:slug>/edit/", routines.edit, name="routine_edit"),
    path("routines/<slug:slug>/sign/", routines.sign, name="routine_sign"),
    path("routines/<slug:slug>/retire/", routines.retire, name="routine_retire"),
    path("routines/<slug:slug>/restore/", routines.restore, name="routine_restore"),
    path("exercises/", catalogue.catalogue, name="catalogue"),
    path("exercises/contact-sheet/", contact_sheet.contact_sheet, name="contact_sheet"),
    path("exercises/own/", own_exercises.own, name="own"),
    path("exercises/new/", own_exercises.new, name="own_new"),
    path("exercises/proposals/", proposals.proposals, name="proposals"),
    path("exercises/proposals/<uuid:pk>/withdraw/", proposals.withdraw, name="proposal_withdraw"),
    path("exercises/proposals/<uuid:pk>/accept/", proposals.accept, name="proposal_accept"),
    path("exercises/proposals/<uuid:pk>/decline/", proposals.decline, name="proposal_decline"),
    path("exercises/photos/<uuid:pk>/", photos.photo, name="photo"),
    path("exercises/<slug:slug>/edit/", own_exercises.edit, name="own_edit"),
    path("exercises/<slug:slug>/retire/", own_exercises.retire, name="own_retire"),
    path("exercises/<slug:slug>/restore/", own_exercises.restore, name="own_restore"),
    path("exercises/<slug:slug>/propose/", proposals.propose, name="propose"),
    path("exercises/<slug:slug>/", catalogue.exercise, name="exercise"),
    path("exercises/<slug:slug>/favourite/", catalogue.favourite, name="favourite"),
    path("today/", plan.today, name="today"),
    path("today/log/", plan.log, name="log"),
    path("today/leave/", plan.leave, name="leave"),
    path("today/reminders/", preferences.my_reminders, name="my_reminders"),
    path("today/calendar/", calendar.my_calendar, name="my_calendar"),
    path("today/calendar/plan.ics", calendar.days_to_come, name="calendar_file"),
    path("calendar/<str:token>/plan.ics", calendar.feed, name="feed"),
    path("u/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("api/v1/", include(router.urls)),
]
