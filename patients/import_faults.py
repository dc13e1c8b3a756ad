"""What is wrong with a row of a list, in words. Rows keep field and code alone: a sentence could repeat what was typed."""

from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from patients.import_columns import Field

# By field and code, else by the code alone.
OF_FIELD = {
    ("given_name", "required"): _("The first name is missing. A full name needs a comma: last, first."),
    ("family_name", "required"): _("The last name is missing."),
    ("date_of_birth", "required"): _("The date of birth is missing."),
    ("date_of_birth", "invalid"): _("This is no date in the order that was chosen for the list."),
    ("date_of_birth", "too_old"): _("The date of birth lies before 1900."),
    ("date_of_birth", "future"): _("The date of birth lies in the future."),
    ("email", "invalid"): _("This is no e-mail address."),
    ("email", "no_email"): _("Reminders need an e-mail address."),
    ("language", "invalid_choice"): _("This language is not available. Write English, Spanish, German or Arabic."),
    ("reminders_allowed", "invalid_choice"): _("Write yes or no."),
    ("name", "known"): _("The clinic has a patient of this name and date of birth."),
    ("reference", "known"): _("The clinic has a patient with this number."),
    ("email", "known"): _("The clinic has a patient with this e-mail address."),
}  # fmt: skip
OF_CODE = {
    "time_zone": _("This is no known time zone. Write it like Europe/London."),
    "max_length": _("This is too long."),
    "required": _("This is missing."),
    "control_characters": _("There are control characters in it. Remove them."),
    "line_break": _("Write this on one line."),
    "null_characters_not_allowed": _("There are control characters in it. Remove them."),
}
LABELS = {"name": _("Name")}


def reason(fault: dict[str, Any]) -> str:
    field, code = fault["field"], fault["code"]
    if code == "row":
        if field == "name":
            return _t("Row %(row)d has the same name and date of birth.") % {"row": fault["row"]}
        if field == "reference":
            return _t("Row %(row)d has the same number.") % {"row": fault["row"]}
        return _t("Row %(row)d has the same e-mail address.") % {"row": fault["row"]}
    return str(OF_FIELD.get((field, code)) or OF_CODE.get(code) or _t("This cannot be used."))


def column(fault: dict[str, Any]) -> str:
    """Of our fields, the one at fault."""
    field = fault["field"]
    return str(LABELS.get(field) or (Field(field).label if field in Field.values else field))
