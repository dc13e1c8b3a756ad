"""The languages in which patients can read. Staff pages are in English."""

from django.db import models
from django.utils.translation import gettext_lazy as _

RIGHT_TO_LEFT = frozenset({"ar"})


class Language(models.TextChoices):
    """Each named in its own words: who looks for a language cannot read the others."""

    ENGLISH = "en-gb", "English"
    SPANISH = "es", "Español"
    GERMAN = "de", "Deutsch"
    ARABIC = "ar", "العربية"


IN_ENGLISH = {  # for staff
    Language.ENGLISH: _("English"),
    Language.SPANISH: _("Spanish"),
    Language.GERMAN: _("German"),
    Language.ARABIC: _("Arabic"),
}
