"""What a restored backup would open again although it was closed since."""

from datetime import datetime

from patients.models import Device, EmailedCode, PlanLink


def end_what_opens_plans(now: datetime) -> int:
    """Devices, links and codes by e-mail of every patient; returns how many. Printed codes stay: paper cannot be sent
    again, and they were there when the backup was made."""
    links = PlanLink.objects.filter(revoked_at=None, expires_at__gt=now).update(revoked_at=now)
    devices = Device.objects.filter(revoked_at=None).update(revoked_at=now)
    return links + devices + EmailedCode.objects.filter(expires_at__gt=now).update(expires_at=now)
