"""What a practitioner types into the form of an own exercise."""

from typing import Any

from django.test import Client
from django.urls import reverse

from exercises.models import Exercise
from tests import factories

TYPED: dict[str, Any] = {
    "name": "Riverside step tap",
    "movement": "tap the step with your toes",
    "steps": "Stand before a step.\nTap it with your toes.",
    "picture": "heel-raises-near-wall",
    "alt_text": "First: both feet on the floor. Second: toes on the step.",
    "position": "standing",
    "body_part": "lower_leg",
    "sides": ["left", "right"],
    "dose_source": "D",
    "evidence_tag": "practice",
    "no_cautions": "on",
    "sets": "3",
    "reps": "10-15",
}


def typed(**changes: Any) -> dict[str, Any]:
    factories.make_finding_type("tight_calf", label="Tight calf", position=99)
    return TYPED | {"findings": ["tight_calf"]} | changes


def write(client: Client, *, publish: bool = False, **changes: Any) -> Any:
    data = typed(**changes) | ({"publish": "1"} if publish else {"draft": "1"})
    return client.post(reverse("exercises:own_new"), data)


def own_exercise(client: Client, **changes: Any) -> Exercise:
    """A published one."""
    response = write(client, publish=True, **changes)
    assert response.status_code == 302, response.context["form"].errors
    return Exercise.objects.get(slug=response["Location"].strip("/").split("/")[-1])
