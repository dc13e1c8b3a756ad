"""The colours a clinic may choose from. Each is a class of static/css/brand.css, where a test measures its contrast."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Colour(models.TextChoices):
    """No red and no amber: on patients' pages these warn."""

    TEAL = "teal", _("Teal (Footwork’s own)")
    BLUE = "blue", _("Blue")
    INDIGO = "indigo", _("Indigo")
    VIOLET = "violet", _("Violet")
    PLUM = "plum", _("Plum")
    FOREST = "forest", _("Forest green")
    OLIVE = "olive", _("Olive")
    SLATE = "slate", _("Slate")
