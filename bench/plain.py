"""A plain Django page on the rows of the plan page: no policy, no components, just a loop in a template.

It is what a careful beginner would write, and the measure of what our plan page costs beyond that.
"""

import functools
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines

from clinic import within
from exercises.models import LogEntry, Programme
from patients.models import PainScore

PAGE = """<!doctype html><title>Plan</title><h1>{{ patient.given_name }}</h1>
{% for programme in programmes %}<h2>{{ programme.name }}</h2><ul>
{% for item in programme.items.all %}<li><img src="/static/img/exercises/{{ item.version.picture }}-poses.svg"
 alt="{{ item.version.alt_text }}"><b>{{ item.version.name }}</b> {{ item.sets_min }} {{ item.reps_min }} {{ item.side }}
<ol>{% for step in item.version.steps %}<li>{{ step }}</li>{% endfor %}</ol>
<ul>{% for rule in item.version.stop_rules %}<li>{{ rule }}</li>{% endfor %}</ul>
<form method="post">{% csrf_token %}{% for done in choices %}<label><input type="radio" name="{{ item.pk }}"
 value="{{ done }}">{{ done }}</label>{% endfor %}</form></li>{% endfor %}</ul>{% endfor %}
<ul>{% for log in logs %}<li>{{ log.item_id }} {{ log.done }}</li>{% endfor %}</ul>
<ul>{% for pain in pains %}<li>{{ pain.measure }} {{ pain.score }}</li>{% endfor %}</ul>
{% for measure in measures %}<fieldset>{% for n in scale %}<label><input type="radio" name="{{ measure }}"
 value="{{ n }}">{{ n }}</label>{% endfor %}</fieldset>{% endfor %}"""


@functools.cache
def compiled() -> Any:
    return engines["django"].from_string(PAGE)


@login_not_required
@within.every_clinic("bench")
def plain_plan(request: HttpRequest) -> HttpResponse:
    patient_id = request.GET["patient"]
    programmes = Programme.objects.filter(patient_id=patient_id, state="active").select_related("patient")
    programmes = programmes.prefetch_related("items__version")
    day = request.GET["day"]
    context = {
        "programmes": programmes,
        "patient": programmes[0].patient,
        "logs": LogEntry.objects.filter(patient_id=patient_id, performed_on=day),
        "pains": PainScore.objects.filter(patient_id=patient_id, on=day),
        "choices": ["done", "partly", "not_done"],
        "measures": ["pain_foot_24h", "pain_back_24h"],
        "scale": range(11),
    }
    return HttpResponse(compiled().render(context, request))
