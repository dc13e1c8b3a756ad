from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from clinic.models import Clinic
from clinic.photos import Encoded
from exercises.models import Photo


@transaction.atomic
def keep_photo(*, actor: Actor, clinic: Clinic | None, image: Encoded, now: datetime) -> Photo:
    """Keep a photo that was encoded anew. ``clinic`` None: for the shared catalogue."""
    assert actor.user_id is not None  # only staff upload
    photo = Photo.objects.create(
        clinic=clinic,
        webp=image.webp,
        width=image.width,
        height=image.height,
        uploaded_by_id=actor.user_id,
        uploaded_at=now,
    )
    size = {"width": image.width, "height": image.height, "bytes": len(image.webp)}
    audit.record(actor, "photo.kept", photo, changes=size)
    return photo
