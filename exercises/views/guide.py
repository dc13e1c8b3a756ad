"""Today's exercises one after the other, with a clock. The page and its script are all it takes, so that it runs without
a network; what was done is said by the patient, through the form of the day's log."""

from uuid import uuid4

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from exercises import translations
from exercises.guided import guide_context
from exercises.models import Done, LogEntry, Programme
from exercises.schedule import local_day
from patients.access import link_required
from patients.http import PatientRequest
from patients.models import patient_flags


@require_safe
@link_required
def guide(request: PatientRequest) -> HttpResponse:
    access = request.access
    day = local_day(access.now, access.patient.time_zone)
    programmes = Programme.objects.visible_to(access.actor).active().with_items()
    items = [item for programme in programmes for item in programme.items_due_on(day)]
    translations.say(items, access.patient.language)
    logs = LogEntry.objects.visible_to(access.actor).on(day)
    said = dict(logs.values_list("item_id", "done")) if items else {}
    flags = patient_flags(access.patient).keys if items else frozenset()
    done = {pk for pk, answer in said.items() if answer == Done.DONE}
    context = {**guide_context(access.patient, items, flags, done), "day": day, "report": uuid4()}
    return TemplateResponse(request, "exercises/guide.html", context)
