from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.models import FindingType


@dataclass(frozen=True, slots=True)
class Asked:
    query: str = ""
    finding: FindingType | None = None


class CatalogueFilter(forms.Form):
    """A filter never fails: what cannot be read counts as not asked."""

    q = forms.CharField(
        label=_("Name, movement or equipment"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    finding = forms.ModelChoiceField(
        label=_("Tagged for"),
        queryset=FindingType.objects.shared(),
        required=False,
        empty_label=_("any finding"),
    )

    def asked(self) -> Asked:
        self.is_valid()
        values: dict[str, Any] = self.cleaned_data
        return Asked(values.get("q", ""), values.get("finding"))
