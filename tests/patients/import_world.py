"""Files of patients, and the way of a list from the file to its end, as somebody at the screen goes it."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import User
from patients import actions, import_files
from patients.models import PatientImport

HEAD = "First name,Last name,Date of birth,E-mail\n"
THREE = (
    HEAD
    + "Ana,Quinn,1956-03-14,ana@patients.example\n"
    + "Ben,Okafor,1961-12-24,\n"
    + "Zoë,Mörk,1980-02-29,zoe@patients.example\n"
)


def make_import(
    staff: User, csv: str = "First name,Last name,Date of birth\nAna,Quinn,1956-03-14\n"
) -> PatientImport:
    """A list whose columns nobody has named yet."""
    table = import_files.read(csv.encode())
    return actions.start_import(actor=Actor.staff(staff), table=table, file_name="patients.csv")


def many(count: int) -> str:
    rows = (
        f"Given{number},Family{number},19{number % 80 + 10}-03-{number % 28 + 1:02},p{number}@patients.example,"
        f"{'yes' if number % 2 else ''}\n"
        for number in range(count)
    )
    return HEAD.strip() + ",Reminders\n" + "".join(rows)


def send(client: Client, text: str | bytes, name: str = "patients.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(reverse("patients:import_new"), {"file": SimpleUploadedFile(name, data, "text/csv")})


def uploaded(client: Client, text: str | bytes) -> PatientImport:
    response = send(client, text)
    assert response.status_code == 302, response.content.decode()
    return PatientImport.objects.get(pk=response["Location"].split("/")[-3])


def address(name: str, made: PatientImport, *more: object) -> str:
    return reverse(f"patients:{name}", args=[made.pk, *more])


def named(client: Client, made: PatientImport, **fields: str) -> Any:
    """Confirms the columns as the page offers them, but for ``fields``."""
    form = client.get(address("import_columns", made)).context["form"]
    said = {bound.html_name: bound.value() or "" for bound in form}
    return client.post(address("import_columns", made), said | fields)


def checked(client: Client, text: str | bytes, **fields: str) -> PatientImport:
    made = uploaded(client, text)
    response = named(client, made, **fields)
    assert response.status_code == 302, response.content.decode()
    made.refresh_from_db()
    return made


def confirmed(client: Client, made: PatientImport) -> PatientImport:
    """As the page shows it now."""
    seen = PatientImport.objects.get(pk=made.pk).version
    client.post(address("import_confirm", made), {"seen": seen})
    made.refresh_from_db()
    return made


def numbers(made: PatientImport) -> tuple[int, int, int, int]:
    return made.ready, made.duplicate, made.faulty, made.done
