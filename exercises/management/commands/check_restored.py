"""Look whether a restored database is whole, before anybody works with it. Changes nothing.

Migrations, the audit's seal, files that rows name, and one patient's page as a member of staff would see it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import RequestFactory
from django.urls import resolve, reverse

from clinic.actors import Actor
from clinic.models import Logo, Membership
from clinic.roles import SEES_PATIENTS
from exercises.figures import size_of
from exercises.models import ExerciseVersion, Photo
from patients.models import Patient

NAME = "check_restored"
SEAL = "verify_audit"  # where the audit is sealed
WEBP = b"RIFF"


class Command(BaseCommand):
    help = "Look whether a restored database is whole; changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        checks: list[Callable[[], Iterator[str]]] = [_migrations, _files, self._seal, self._page]
        faults = [fault for check in checks for fault in check()]
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write("Migrations, audit, files: as they should be.")

    def _seal(self) -> Iterator[str]:
        if SEAL not in get_commands():
            return
        try:
            call_command(SEAL, stdout=self.stdout)
        except (CommandError, SystemExit) as error:
            yield f"{SEAL}: {error}"

    def _page(self) -> Iterator[str]:
        """The newest patient's, as a colleague of the clinic. The reading is an entry of the audit, so it is taken back."""
        patient = Patient.objects.visible_to(Actor.system(NAME)).current().order_by("-created_at").first()
        if patient is None:
            self.stdout.write("There is no patient whose page could be shown.")
            return
        with transaction.atomic():
            shown = _shown(patient)
            transaction.set_rollback(True)
        if patient.family_name in shown:
            self.stdout.write(f"A patient's page of {len(shown):,} characters.")
        else:
            yield f"the page of patient {patient.pk} does not show the patient"


def _migrations() -> Iterator[str]:
    executor = MigrationExecutor(connection)
    known = executor.loader.graph.nodes
    for app, name in executor.loader.applied_migrations:
        if (app, name) not in known:
            yield f"migration {app}.{name} is of another release"
    for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield f"migration {migration} is not applied"


def _files() -> Iterator[str]:
    """Drawings come with the release; photos and logos are rows themselves."""
    for name in ExerciseVersion.objects.exclude(picture="").values_list("picture", flat=True).distinct():
        if size_of(name) and not finders.find(f"img/exercises/{name}.svg"):
            yield f"the drawing {name} is missing"
    for model in (Photo, Logo):
        for pk, webp in model.objects.values_list("pk", "webp").iterator(chunk_size=20):
            if not bytes(webp).startswith(WEBP):
                yield f"{model._meta.label} {pk} is no picture"


def _shown(patient: Patient) -> str:
    """The page's text, by the view that the address leads to."""
    colleagues = Membership.objects.filter(clinic=patient.clinic_id, is_active=True, role__in=SEES_PATIENTS)
    colleague = colleagues.select_related("user", "clinic").order_by("pk").first()
    if colleague is None:
        return ""
    match = resolve(reverse("exercises:patient", args=[patient.pk]))
    request = RequestFactory().get(reverse("exercises:patient", args=[patient.pk]))
    request.resolver_match = match
    request.user = colleague.user
    request.actor = Actor.staff(colleague.user)  # type: ignore[attr-defined]
    request.htmx = False  # type: ignore[attr-defined]
    response = match.func(request, **match.kwargs)
    if hasattr(response, "render"):
        response.render()
    return str(response.content.decode())
