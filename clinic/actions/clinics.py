from typing import TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic, Membership, User
from clinic.roles import Role


class ClinicFields(TypedDict, total=False):
    name: str
    sender_name: str
    address: str
    phone: str
    urgent_number: str
    emergency_number: str
    urgent_days: int
    time_zone: str


@transaction.atomic
def create_clinic(*, actor: Actor, **fields: Unpack[ClinicFields]) -> Clinic:
    """Open a clinic. Its three telephone numbers have no default: a constraint refuses a clinic without them."""
    if Clinic.objects.filter(name__iexact=fields["name"]).exists():
        raise Refused(_("A clinic of this name exists."), code="exists", field="name")
    clinic = Clinic.objects.create(**fields)
    audit.record(actor, "clinic.created", clinic)
    _tell_after_commit(clinic)
    return clinic


@transaction.atomic
def update_clinic(*, actor: Actor, clinic: Clinic, **fields: Unpack[ClinicFields]) -> list[str]:
    """Change name, sender, address, numbers, days or time zone; returns the names of the fields that changed."""
    stored = Clinic.objects.select_for_update().get(pk=clinic.pk)
    changed = [name for name, value in fields.items() if getattr(stored, name) != value]
    for name in changed:
        setattr(clinic, name, fields[name])  # type: ignore[literal-required]
    if changed:
        clinic.save(update_fields=changed)
        audit.record(actor, "clinic.updated", clinic, changes={"fields": changed})
        _tell_after_commit(clinic)
    return changed


def _tell_after_commit(clinic: Clinic) -> None:
    """What higher apps keep of a clinic. Robust: the change stands, and a failure is in the log."""

    def tell() -> None:  # no partial: Django logs a failure by the function's name, which a partial lacks
        for path in settings.ON_CLINIC_CHANGE:
            import_string(path)(clinic.pk)

    transaction.on_commit(tell, robust=True)


@transaction.atomic
def add_member(*, actor: Actor, clinic: Clinic, email: str, name: str, role: Role) -> Membership:
    """Give a person an account in one clinic.

    It has no password: the person chooses one through "Forgot your password?". Refuses an address that has an
    account, in whichever clinic: a session can never mix two clinics' patients.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, None, name=name)
    except IntegrityError as error:
        raise Refused(_("This address has an account already."), code="taken", field="email") from error
    membership = Membership.objects.create(user=user, clinic=clinic, role=role)
    audit.record(actor, "member.added", membership, changes={"user": user.pk, "role": role.value})
    return membership


@transaction.atomic
def change_member(
    *, actor: Actor, membership: Membership, name: str, role: Role, is_active: bool
) -> list[str]:
    """Change a colleague's name or role, or close or reopen the account; returns the names of what changed.

    Refuses to leave a clinic without an owner.
    """
    # Two owners who retire each other at once: the rows of the clinic are locked in one order.
    colleagues = Membership.objects.select_for_update(of=("self",)).filter(clinic_id=membership.clinic_id)
    stored = {member.pk: member for member in colleagues.select_related("user").order_by("pk")}
    current = stored.pop(membership.pk)
    stays = is_active and role is Role.OWNER
    if not stays and not any(m.role == Role.OWNER and m.is_active for m in stored.values()):
        raise Refused(_("A clinic needs an owner: make somebody else owner first."), code="last_owner")
    changed = []
    if current.user.name != name:
        changed.append("name")
        User.objects.filter(pk=current.user_id).update(name=name)
    if (current.role, current.is_active) != (role, is_active):
        changed += [n for n, v in {"role": role, "is_active": is_active}.items() if getattr(current, n) != v]
        Membership.objects.filter(pk=current.pk).update(role=role, is_active=is_active)
    if changed:
        values = {"fields": changed, "role": role.value, "is_active": is_active}
        audit.record(actor, "member.changed", membership, changes=values)
    membership.refresh_from_db()
    return changed
