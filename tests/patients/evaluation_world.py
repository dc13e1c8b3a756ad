"""What the tests of evaluations share: a window that shows a draft, and what somebody types into it."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry
from patients.models import FPI_ITEMS, Evaluation, EvaluationDraft, Patient

SEVEN = dict(zip(FPI_ITEMS, (2, 1, 1, 1, 1, 1), strict=True))


def on(foot: str, **measures: object) -> dict[str, str]:
    """As the form's fields are named."""
    return {f"{foot}-{name}": str(value) for name, value in measures.items()}


def verbs() -> list[str]:
    about = AuditEntry.objects.filter(verb__startswith="evaluation").order_by("pk")
    return list(about.values_list("verb", flat=True))


def text(response: HttpResponse) -> str:
    """What can be read, on one line."""
    page = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(page.replace("&#x27;", "'").replace("&amp;", "&").split())


@dataclass
class Window:
    """One window of a browser. It sends the marks that the page held when it was opened, as a real one does."""

    client: Client
    draft: EvaluationDraft
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return reverse("patients:evaluation_draft", args=[self.draft.pk])

    def open(self) -> str:
        page = self.client.get(self.url).content.decode()
        self._read_marks(page)
        return page

    def _read_marks(self, page: str) -> None:
        for name in ("version", "window", "step"):
            found = re.search(rf'name="{name}" value="([^"]*)"', page)
            assert found, name
            self.marks[name] = found[1]

    def autosave(self, **answers: str) -> Any:
        """As the script does: counts its steps, and learns the version from the answer."""
        self.marks["step"] = str(int(self.marks["step"]) + 1)
        response = self.client.post(f"{self.url}save/", answers | self.marks)
        if response.status_code == 200:
            self.marks["version"] = str(response.json()["version"])
        return response

    def post(self, **answers: str) -> Any:
        response = self.client.post(self.url, answers | self.marks)
        if response.status_code in {409, 422}:
            self._read_marks(response.content.decode())
        return response

    def stored(self) -> EvaluationDraft:
        return EvaluationDraft.objects.get(pk=self.draft.pk)


def start(client: Client, patient: Patient) -> Window:
    """Press "New evaluation" and see the form."""
    response = client.post(reverse("patients:evaluation_new", args=[patient.pk]))
    draft = EvaluationDraft.objects.open().get(patient=patient, author_id=client.session["_auth_user_id"])
    assert response["Location"] == reverse("patients:evaluation_draft", args=[draft.pk])
    window = Window(client, draft)
    window.open()
    return window


def page_of(evaluation: Evaluation) -> str:
    return reverse("patients:evaluation", args=[evaluation.pk])


def act(client: Client, evaluation: Evaluation, verb: str, **data: str) -> Any:
    return client.post(reverse(f"patients:evaluation_{verb}", args=[evaluation.pk]), data)
