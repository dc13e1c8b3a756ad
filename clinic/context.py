"""What every template may ask for."""

from django.conf import settings
from django.http import HttpRequest

from clinic.models import Language
from clinic.roles import ADMINISTERS, CURATES, OWNS, READS_CATALOGUE, SEES_CLINICAL, SEES_PATIENTS, SEES_STAFF


def site(request: HttpRequest) -> dict[str, object]:
    actor = getattr(request, "actor", None)
    signed_in = bool(actor)
    return {
        "site_name": "Footwork",
        "demo": settings.DEMO,
        "languages": Language.choices,
        "role": actor.role if signed_in and actor else "",
        "sees_patients": bool(signed_in and actor and actor.has_role(SEES_PATIENTS)),
        "sees_clinical": bool(signed_in and actor and actor.has_role(SEES_CLINICAL)),
        "owns": bool(signed_in and actor and actor.has_role(OWNS)),
        "sees_staff": bool(signed_in and actor and actor.has_role(SEES_STAFF)),
        "reads_catalogue": bool(
            signed_in and actor and (actor.role is None or actor.has_role(READS_CATALOGUE))
        ),
        "curates": bool(signed_in and actor and actor.has_role(CURATES)),
        "administers": bool(signed_in and actor and actor.has_role(ADMINISTERS)),
    }
