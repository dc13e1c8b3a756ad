from datetime import datetime, time
from hashlib import sha256
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actions.signins import end_sessions
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic, Logo, Membership, User
from clinic.photos import Encoded
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
    language: str
    short_name: str
    colour: str
    usual_reminder: time
    retention_years: int | None


SETTINGS = tuple(ClinicFields.__annotations__)
DIGITS = 8  # of each field's part of the mark
LONGEST_MARK = DIGITS * len(SETTINGS)


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
def update_clinic(
    *, actor: Actor, clinic: Clinic, seen: str = "", **fields: Unpack[ClinicFields]
) -> list[str]:
    """Change what the clinic says of itself and how it works; returns the names of the fields that changed.

    ``seen``: the mark of the settings that the writer began with. Refuses to write over what another owner changed since;
    an empty one asks for nothing.
    """
    stored = Clinic.objects.select_for_update().get(pk=clinic.pk)
    _refuse_stale(stored, fields, seen)
    changed = [name for name, value in fields.items() if getattr(stored, name) != value]
    before = {name: getattr(stored, name) for name in changed}
    for name in changed:
        setattr(clinic, name, fields[name])  # type: ignore[literal-required]
    if changed:
        clinic.save(update_fields=changed)
        # Nothing here is about a person: the values themselves are kept, so that a wrong number can be traced.
        values = {
            "fields": changed,
            "before": {name: _plain(value) for name, value in before.items()},
            "after": {name: _plain(getattr(clinic, name)) for name in changed},
        }
        audit.record(actor, "clinic.updated", clinic, changes=values)
        _tell_after_commit(clinic)
    return changed


def mark_of(clinic: Clinic) -> str:
    """Changes with any of the settings. It keeps no secret."""
    values = [getattr(clinic, name) for name in SETTINGS]
    return "".join(sha256(repr(value).encode()).hexdigest()[:DIGITS] for value in values)


def _refuse_stale(stored: Clinic, fields: ClinicFields, seen: str) -> None:
    # A second press finds what the first one wrote: nothing is lost by writing it again.
    if not seen or seen == mark_of(stored) or all(getattr(stored, n) == v for n, v in fields.items()):
        return
    now = mark_of(stored)
    others = [
        str(Clinic._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for place, name in enumerate(SETTINGS)
        if seen[place * DIGITS :][:DIGITS] != now[place * DIGITS :][:DIGITS]
    ]
    message = _(
        "Another owner saved settings meanwhile, so yours are not saved. Changed there: %(what)s. What you typed is"
        " still here: open the settings in another tab and compare."
    )
    raise Refused(message % {"what": ", ".join(others)}, code="stale")


def _plain(value: object) -> object:
    return value.isoformat("minutes") if isinstance(value, time) else value


@transaction.atomic
def show_logo(*, actor: Actor, clinic: Clinic, image: Encoded, now: datetime) -> Logo:
    """From now on this is the clinic's logo. It was encoded anew: nothing else of the file that came is kept."""
    assert actor.user_id is not None  # only staff upload
    logo = Logo.objects.create(
        clinic=clinic,
        webp=image.webp,
        width=image.width,
        height=image.height,
        uploaded_by_id=actor.user_id,
        uploaded_at=now,
    )
    _put_logo(actor, clinic, logo)
    return logo


@transaction.atomic
def remove_logo(*, actor: Actor, clinic: Clinic) -> bool:
    """No logo any more; False: there was none."""
    return _put_logo(actor, clinic, None)


def _put_logo(actor: Actor, clinic: Clinic, logo: Logo | None) -> bool:
    stored = Clinic.objects.select_for_update().get(pk=clinic.pk)
    if stored.logo_id is None and logo is None:
        return False
    clinic.logo = logo
    clinic.save(update_fields=["logo"])
    values = {
        "before": str(stored.logo_id) if stored.logo_id else None,
        "after": str(logo.pk) if logo else None,
    }
    audit.record(actor, "clinic.logo_changed", clinic, changes=values)
    _tell_after_commit(clinic)
    return True


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
    *,
    actor: Actor,
    membership: Membership,
    name: str | None = None,
    role: Role | None = None,
    is_active: bool | None = None,
) -> list[str]:
    """Change a colleague's name or role, or close or reopen the account; returns the names of what changed.

    None leaves it as it is stored, whatever somebody else has made of it meanwhile. Refuses to leave a clinic without an owner.
    """
    # Two owners who retire each other at once: the rows of the clinic are locked in one order.
    colleagues = Membership.objects.select_for_update(of=("self",)).filter(clinic_id=membership.clinic_id)
    stored = {member.pk: member for member in colleagues.select_related("user").order_by("pk")}
    current = stored.pop(membership.pk)
    name = current.user.name if name is None else name
    role = Role(current.role) if role is None else role
    is_active = current.is_active if is_active is None else is_active
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
    if "is_active" in changed:
        User.objects.filter(pk=current.user_id).update(is_active=is_active)
        if not is_active:  # opening the account again opens no session of before
            end_sessions(current.user)
    if changed:
        values = {"fields": changed, "role": role.value, "is_active": is_active}
        audit.record(actor, "member.changed", membership, changes=values)
    membership.refresh_from_db()
    return changed
