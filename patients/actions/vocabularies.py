from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from patients.models import FindingType


@transaction.atomic
def save_finding_type(*, actor: Actor, finding_type: FindingType, changed: list[str]) -> FindingType:
    """Add or change an entry of the reviewed vocabulary; ``changed`` names the fields, for the audit."""
    created = finding_type._state.adding
    finding_type.save()
    verb = "finding_type.created" if created else "finding_type.changed"
    audit.record(actor, verb, finding_type, changes={"fields": changed})
    return finding_type
