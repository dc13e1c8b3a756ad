"""Which patients the list shows, and in which order: all of it in the address."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import User
from clinic.roles import SEES_PATIENTS
from patients.models import PatientQuerySet

MINE = "me"
BY_NAME, BY_ARRIVAL = "", "added"


class PatientFilter(forms.Form):
    """A filter never fails: what cannot be read counts as not asked."""

    practitioner = forms.ChoiceField(label=_("Practitioner"), required=False)
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=[(BY_NAME, _("by last name")), (BY_ARRIVAL, _("last added first"))],
        required=False,
    )
    archived = forms.BooleanField(required=False)

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data)
        self._actor = actor
        staff = User.objects.filter(
            staff_membership__clinic=actor.clinic_id, staff_membership__role__in=SEES_PATIENTS
        )
        named = [
            (str(pk), name)
            for pk, name in staff.order_by("name", "pk").values_list("pk", "name")
            if pk != actor.user_id
        ]
        self.fields["practitioner"].choices = [("", _("all")), (MINE, _("my patients")), *named]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def wants_archived(self) -> bool:
        return bool(self.cleaned_data.get("archived"))

    @property
    def narrows(self) -> bool:
        return self.wants_archived or bool(self._practitioner)

    @property
    def _practitioner(self) -> str:
        return str(self.cleaned_data.get("practitioner", ""))

    def chosen_among(self, patients: PatientQuerySet) -> PatientQuerySet:
        patients = patients.archived() if self.wants_archived else patients.current()
        if not self._practitioner:
            return patients
        whose = self._actor.user_id if self._practitioner == MINE else int(self._practitioner)
        return patients.filter(practitioner_id=whose)

    def in_order(self, patients: PatientQuerySet) -> PatientQuerySet:
        return patients.newest_first() if self.cleaned_data.get("sort") == BY_ARRIVAL else patients.by_name()

    def page_query(self, query: str) -> str:
        """What the links to other pages of the list repeat."""
        asked = {
            "q": query,
            "practitioner": self._practitioner,
            "sort": self.cleaned_data.get("sort", ""),
            "archived": "1" if self.wants_archived else "",
        }
        said = {name: value for name, value in asked.items() if value}
        return urlencode(said) + "&" if said else ""
