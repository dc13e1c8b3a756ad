from collections.abc import Sequence
from secrets import token_hex

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor, Kind
from clinic.errors import Refused
from patients.coding import is_snomed_id
from patients.models import CodeSystem, FindingCode, FindingType

OWN = "own_"  # keys of clinics' own types begin so; the reviewed file may not use it


@transaction.atomic
def save_finding_type(*, actor: Actor, finding_type: FindingType, changed: Sequence[str]) -> FindingType:
    """Add or change an entry of the vocabulary; ``changed`` names the fields, for the audit.

    The reviewed entries change with their file only. Staff add and change what is their clinic's own; its key is made
    here, and it contradicts nothing but itself.
    """
    created = finding_type._state.adding
    if created and actor.clinic_id is not None:
        finding_type.key = f"{OWN}{token_hex(8)}"
        finding_type.exclusive_group = finding_type.key
        finding_type.clinic_id = actor.clinic_id
    _refuse_what_is_not_theirs(actor, finding_type)
    finding_type.save()
    verb = "finding_type.created" if created else "finding_type.changed"
    audit.record(actor, verb, finding_type, changes={"fields": list(changed)})
    return finding_type


@transaction.atomic
def save_finding_codes(*, actor: Actor, finding_type: FindingType, codes: Sequence[FindingCode]) -> bool:
    """Make these the codes of a type, and say whether that changed anything."""
    _refuse_what_is_not_theirs(actor, finding_type)
    FindingType.objects.select_for_update().get(pk=finding_type.pk)
    for code in codes:
        if code.system == CodeSystem.SNOMED and not is_snomed_id(code.code):
            raise Refused(_("%(code)s is no SNOMED CT id.") % {"code": code.code}, code="check_digit")
    wanted = {code.key: code for code in codes}
    known = {code.key: code for code in finding_type.codes.all()}
    gone = [code.pk for key, code in known.items() if key not in wanted]
    new = [code for key, code in wanted.items() if key not in known]
    altered = [code for key, code in known.items() if key in wanted and code.says != wanted[key].says]
    if not (gone or new or altered):
        return False
    finding_type.codes.filter(pk__in=gone).delete()
    for code in altered:
        code.verified, code.source = wanted[code.key].says
    FindingCode.objects.bulk_update(altered, ["verified", "source"])
    for code in new:
        code.pk, code.type = None, finding_type  # a form may bring a row that said something else before
    FindingCode.objects.bulk_create(new)
    changes = {"added": len(new), "removed": len(gone), "changed": len(altered)}
    audit.record(actor, "finding_type.codes_changed", finding_type, changes=changes)
    return True


def _refuse_what_is_not_theirs(actor: Actor, finding_type: FindingType) -> None:
    owner = None if actor.kind is Kind.SYSTEM else actor.clinic_id
    if finding_type.clinic_id != owner or (owner is None and actor.kind is not Kind.SYSTEM):
        raise Refused(_("Only your clinic’s own finding types can be changed here."), code="not_own")
