"""Which columns stand together on the form of an exercise."""

from typing import Any

from django.utils.translation import gettext_lazy as _

FIELDSETS: Any = (
    (None, {"fields": ("name", "slug", "aliases", "where_it_stands")}),
    (
        _("What patients read"),
        {
            "fields": (
                "purpose",
                "movement",
                "prepare",
                "steps",
                "breathe",
                "feel",
                "stop_rules",
            ),
            "description": _("Short sentences, one thing each, as you would say it in the room."),
        },
    ),
    (_("Picture"), {"fields": ("picture", ("photo_first", "photo_second"), "alt_text", "video_url")}),
    (
        _("How it is done"),
        {
            "fields": (
                "kind",
                "body_part",
                "position",
                "difficulty",
                "equipment",
                "kit_options",
                "barefoot",
                "sides",
            ),
            "description": _("Lists are filtered by these."),
        },
    ),
    (_("Cautions"), {"fields": ("cautions", "no_cautions")}),
    (
        _("Dose"),
        {
            "fields": (
                "dose_source",
                ("sets_min", "sets_max", "sets_open"),
                ("reps_min", "reps_max"),
                ("hold_s_min", "hold_s_max"),
                ("duration_s_min", "duration_s_max"),
                ("tempo_up_s", "tempo_down_s", "rest_s"),
                "load_note",
                "cue",
                "dose_note",
            ),
            "description": _("Leave empty what the source does not state: nothing is assumed for it."),
        },
    ),
    (
        _("How often, as the source states it"),
        {
            "fields": (
                ("times_per_day_min", "times_per_day_max"),
                ("days_per_week_min", "days_per_week_max"),
                "every_n_days",
                ("weeks_min", "weeks_max"),
            ),
            "description": _("Shown to the practitioner, who decides it for each patient."),
        },
    ),
    (
        _("Harder and easier"),
        {
            "fields": ("harder", "harder_exercises", "easier", "easier_exercises", "related"),
            "description": _("Other exercises by their short names, one a line, such as heel-drop."),
        },
    ),
    (_("What stands behind it"), {"fields": ("evidence_tag", "evidence", "sources")}),
    (_("What it is for"), {"fields": ("findings",)}),
)
