"""Fields for one or two photos. What the form yields was decoded and encoded anew; the file itself goes no further."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from PIL import Image

from clinic.photos import LARGEST_UPLOAD, Encoded, NotAPhoto, encode, upright
from exercises.models import LARGEST_PHOTO, LONGEST_SIDE, ExerciseContent


class PhotoField(forms.Field):
    """Cleans to the pixels of a photo, or None. The name and the type that were sent count for nothing."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: UploadedFile | None) -> Image.Image | None:
        if not isinstance(value, UploadedFile):
            return None
        if (value.size or 0) > LARGEST_UPLOAD:
            raise ValidationError(
                _t("This file is larger than 10 MB. Choose a smaller one."), code="too_large"
            )
        try:
            return upright(value.read(), LONGEST_SIDE)
        except NotAPhoto as refused:
            raise ValidationError(refused.message, code=refused.code) from refused


class PhotoFields(forms.Form):
    """Mixed into the forms of exercises. ``image()`` after ``is_valid``."""

    photo_first = PhotoField(
        label=_("Photo: first position"),
        help_text=_(
            "JPEG, PNG or WebP, up to 10 MB. It is made smaller; where and with what it was taken is removed."
        ),
    )
    photo_second = PhotoField(
        label=_("Photo: second position"),
        help_text=_("Shown beside the first, numbered 1 and 2."),
    )

    def image(self) -> Encoded | None:
        uploads = (self.cleaned_data.get("photo_first"), self.cleaned_data.get("photo_second"))
        given = [upload for upload in uploads if upload is not None]
        return encode(given, longest_side=LONGEST_SIDE, most_bytes=LARGEST_PHOTO) if given else None

    def check_photos(self, instance: ExerciseContent, picture: str) -> None:
        """A drawing or a photo: the words describe one of them. Choosing a drawing takes the photo off the text."""
        sent = self.cleaned_data.get("photo_first") is not None
        if (
            self.cleaned_data.get("photo_second") is not None
            and not sent
            and "photo_first" not in self.errors
        ):
            self.add_error("photo_first", _t("Choose the photo of the first position too."))
        if sent and picture:
            self.add_error("photo_first", _t("Choose a drawing or a photo, not both."))
        elif picture:
            instance.photo = None
