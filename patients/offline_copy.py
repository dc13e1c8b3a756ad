"""The copy of the plan that a patient's own device keeps for when there is no network (docs/offline.md)."""

import functools
import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.utils.crypto import salted_hmac

SHOWN_FOR = timedelta(days=14)  # without contact; then the plan may be another by now
STATIC = Path(__file__).resolve().parent.parent / "static"


def copy_key(patient_id: UUID) -> str:
    """Names whose copy it is without naming the patient."""
    return salted_hmac("footwork.offline", patient_id.hex, algorithm="sha256").hexdigest()[:32]


@functools.cache
def code_version() -> str:
    """Another one for other scripts and sheets: then browsers fetch all of them anew."""
    digest = hashlib.sha256()
    for path in sorted([*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
