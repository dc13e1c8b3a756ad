"""Letters to staff about one row: one for each person, whose key names the row and the person."""

from collections.abc import Collection
from datetime import datetime, timedelta

from clinic import mail
from clinic.models import Membership
from clinic.roles import Role
from patients.models import Opening, SignReport


def post_to_each(
    letter: str, about: Opening | SignReport, roles: Collection[Role], now: datetime, waits: timedelta
) -> None:
    """To everybody of the row's clinic in one of the roles, in the transaction of the row; nobody wants it after ``waits``."""
    staff = Membership.objects.filter(
        clinic_id=about.clinic_id, is_active=True, role__in=[role.value for role in roles]
    )
    for user_id in staff.order_by("pk").values_list("user_id", flat=True):
        mail.post(
            letter,
            f"{about.pk.hex}:{user_id}",
            clinic_id=about.clinic_id,
            not_before=now,
            expires_at=now + waits,
        )
