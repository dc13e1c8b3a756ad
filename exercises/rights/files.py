"""A copy as files: a page to read, JSON and CSV to work with, and FHIR for another record system; all in one ZIP."""

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.translation import gettext

from exercises import fhir
from exercises.models import ClinicExport, ExportPart
from exercises.rights.copies import Copy
from exercises.rights.readable import sections
from exercises.rights.rows import Row
from patients.import_files import write

ENCODER = DjangoJSONEncoder()
IN_MEMORY = 10_000_000  # bytes
PARTS = 20  # read at a time


def archive(copy: Copy, base: str) -> bytes:
    """``base``: the installation's address, by which its FHIR resources and codes are named."""
    contents = {
        "record.html": page(copy),
        "record.css": render_to_string("exercises/copy/record.css"),
        "record.json": as_json(copy),
        **{f"csv/{file_name(label)}.csv": as_csv(found) for label, found in copy.rows.items() if found},
    }
    resources: Mapping[str, int] = {}
    if copy.whole:
        bundle = copy.bundle(base)
        resources = fhir.counted(bundle)
        contents["fhir.json"] = dumps(bundle)
    contents["manifest.json"] = dumps(copy.about | {"resources": resources, "files": sorted(contents)})
    return zipped(contents)


def zipped(contents: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in contents.items():
            packed.writestr(name, text.encode())
    return out.getvalue()


def page(copy: Copy) -> str:
    context = {"copy": copy, "title": title(copy), "sections": sections(copy)}
    return render_to_string("exercises/copy/record.html", context)


def title(copy: Copy) -> str:
    if not copy.whole:
        return gettext("A copy of my data")
    return gettext("Record of %(name)s") % {"name": copy.patient.full_name}


def as_json(copy: Copy) -> str:
    return dumps({"about": copy.about, "rows": copy.rows, "named": copy.named})


def as_csv(found: Sequence[Row]) -> str:
    """The columns of the first row are those of all; no cell is taken for a formula by a spreadsheet."""
    names = list(dict.fromkeys(name for row in found for name in row))
    return write([names, *([cell(row.get(name)) for name in names] for row in found)])


def cell(value: Any) -> str:
    """As JSON says it, but for the quotation marks of a text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | dict | bool):
        return dumps(value, indent=None)
    return str(value) if isinstance(value, int) else str(ENCODER.default(value))


def file_name(label: str) -> str:
    """``patients.PainScore history`` is ``patients-PainScore-history``."""
    return label.replace(".", "-").replace(" ", "-")


def dumps(value: Any, *, indent: int | None = 1) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=indent)


def lines(found: Iterable[Row]) -> str:
    """NDJSON: a row a line."""
    return "".join(dumps(row, indent=None) + "\n" for row in found)


def clinic_archive(export: ClinicExport) -> IO[bytes]:
    """The file of a clinic's export, in memory or, when it is large, in a temporary file without a name."""
    out = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    parts = ExportPart.objects.filter(export=export).order_by("name", "number")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, some in groupby(parts.iterator(chunk_size=PARTS), key=lambda part: part.name):
            with packed.open(name, "w") as file:
                for part in some:
                    file.write(zlib.decompress(bytes(part.data)))
        packed.writestr("manifest.json", dumps(manifest(export)))
    out.seek(0)
    return cast(IO[bytes], out)


def manifest(export: ClinicExport) -> dict[str, Any]:
    """In the manner of FHIR's bulk data; how many lines each file has, also where it has none."""
    resources = {name: count for name, count in export.counts.items() if name.startswith("fhir/")}
    return {
        "transactionTime": export.asked_at,
        "finished": export.finished_at,
        "clinic": str(export.clinic_id),
        "patients": export.done,
        "output": [
            {"type": name.removeprefix("fhir/").removesuffix(".ndjson"), "url": name, "count": count}
            for name, count in sorted(resources.items())
        ],
        "tables": [
            {"url": name, "count": count}
            for name, count in sorted(export.counts.items())
            if name not in resources
        ],
    }
