"""The sentences that patients read, and their translations.

python -m clinic.dev.messages update    # new sentences into the catalogues; what was translated stays
python -m clinic.dev.messages compile   # what Django loads (also done by `make setup`, by tests and by the image)
python -m clinic.dev.messages check     # what is missing or does not fit

Only the patients' side is translated: staff pages are in English (docs/languages.md).
"""

import argparse
import ast
import io
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from clinic import po

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"

# --- the patients' side, all of it -----------------------------------------------------------------------------
# Templates that extend one of these, or lie in one of these folders, with all the parts that they include; and those that
# a view or a template tag renders by name.
FRAMES = {"base_patient.html", "base_print.html", "patients/code_base.html"}
FOLDERS = ("emails/", "exercises/copy/")
PAGES = {
    "400.html",
    "403_csrf.html",
    "404.html",
    "500.html",
    "503.html",
    "exercises/not_for_me_done.html",
    "exercises/_plan_dates.html",
    "exercises/_steps.html",
    "exercises/kept_guide.html",
    "patients/link.html",
    "patients/plan_closed.html",
}
# Parts of a page that is for both, and letters to staff.
STAFF = (
    *("base.html", "admin/", "exercises/_sheet_tools.html", "emails/clinic/"),
    *("emails/patients/signs_reported.", "emails/exercises/something_waits."),
    "emails/patients/record_opened.",
)
# Modules, by pattern; of some only what stands in the named functions, classes and assignments.
MODULES: dict[str, tuple[str, ...]] = {
    "exercises/actions/logs.py": (),
    "exercises/actions/own_exercises.py": ("STANDARD_STOP_RULES",),
    "exercises/actions/preferences.py": (),
    "exercises/actions/seen.py": (),
    "exercises/agenda.py": (),
    "exercises/calendars.py": (),
    "exercises/cautions.py": ("told",),
    "exercises/doses.py": (),
    "exercises/emails.py": (),
    "exercises/figures/captions.py": (),
    "exercises/forms/log.py": (),
    "exercises/forms/my_*.py": (),
    "exercises/forms/own_contact.py": (),
    "exercises/forms/reminders.py": (),
    "exercises/journal.py": (),
    "exercises/misses.py": (),
    "exercises/models/content.py": ("guide",),
    "exercises/models/log.py": ("Done", "MissReason", "Effort"),
    "exercises/models/programme.py": ("ProgrammeState",),
    "exercises/models/report.py": ("Way",),
    "exercises/models/item.py": ("dose_phrases",),
    "exercises/plan_changes.py": (),
    "exercises/rights/words.py": (),
    "exercises/sheet*.py": (),
    "exercises/timeline.py": (),
    "exercises/today*.py": (),
    "exercises/models/preference.py": (),
    "exercises/views/calendar.py": (),
    "exercises/guided.py": (),
    "exercises/views/kept.py": (),
    "exercises/views/mine.py": (),
    "exercises/views/plan*.py": (),
    "exercises/views/preferences.py": (),
    "exercises/views/today*.py": (),
    "patients/access*.py": (),
    "patients/actions/address.py": (),
    "patients/actions/carers.py": (),
    "patients/actions/codes.py": (),
    "patients/actions/devices.py": (),
    "patients/actions/emailed.py": (),
    "patients/actions/signs.py": (),
    "patients/actions/patients.py": ("set_language",),
    "patients/browsers.py": (),
    "patients/emails.py": (),
    "patients/forms/carer.py": (),
    "patients/forms/codes.py": (),
    "patients/forms/contact.py": ("TimeZoneField",),
    "patients/forms/signs.py": (),
    "patients/help_pages.py": (),
    "patients/readers.py": (),
    "patients/models/carer.py": ("CarerState",),
    "patients/models/history.py": ("RecordStatus",),
    "patients/models/outcome.py": ("Source",),
    "patients/models/support.py": ("SupportStatus", "LAY_KINDS", "LAY_SIDES", "lay_words"),
    "patients/models/access.py": ("OpenedBy",),
    "patients/models/patient.py": ("Measure",),
    "patients/views/carers.py": (),
    "patients/views/codes.py": (),
    "patients/views/devices.py": (),
    "patients/views/signs.py": (),
    "patients/wear.py": ("in_words",),
}
Words = Callable[[Any], Iterable[str]]
DATA: dict[str, Words] = {
    "exercises/data/kit.toml": lambda content: (entry["name"] for entry in content.values()),
    "patients/data/cautions.json": lambda content: (
        flag["say"] for flag in content["flags"].values() if flag.get("tell")
    ),
    "patients/data/outcome_measures.json": lambda content: (
        text
        for row in content["measures"]
        if row["key"] != "my_activities_mean"  # staff read it
        for text in (row["text"], *row["ends"].values())
    ),
    "patients/data/red_flags.json": lambda content: (row["text"] for row in content["red_flags"]),
}

# --- reading them ----------------------------------------------------------------------------------------------
# Name of the function -> which arguments are the context, the sentence and the plural.
FUNCTIONS = {
    **dict.fromkeys(("_", "_t", "gettext", "gettext_lazy", "gettext_noop"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}
LITERAL = r"""(?:u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*")"""
CALL = re.compile(
    rf"(?<!\w)({'|'.join(sorted(FUNCTIONS, key=len, reverse=True))})\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)"
)
PART = re.compile(r"""\{%-?\s*(?:extends|include)\s+["']([^"']+)["']""")
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|\{(\w*)\}")
GENERATED_BY = re.compile(rb'"Generated-By: [^"]*"\n')
MARKUP = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Found:
    sentence: str
    plural: str
    context: str
    place: str


def sentences() -> list[Found]:
    """Everything that a patient can read, in the order of the files."""
    return [*_of_modules(), *_of_templates(), *_of_data()]


def _of_modules() -> Iterator[Found]:
    for pattern, only in MODULES.items():
        for path in sorted(ROOT.glob(pattern)):
            yield from of_code(path.read_text(encoding="utf-8"), _place(path), only)


def of_code(code: str, place: str, only: tuple[str, ...] = ()) -> Iterator[Found]:
    for part in _parts(ast.parse(code), only):
        for node in ast.walk(part):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
                texts = [
                    arg.value if isinstance(arg, ast.Constant) and isinstance(arg.value, str) else None
                    for arg in node.args
                ]
                if found := _found(node.func.id, texts, place):
                    yield found


def _parts(tree: ast.Module, only: tuple[str, ...]) -> Iterator[ast.AST]:
    if not only:
        yield tree
        return
    for node in ast.walk(tree):
        if (isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in only) or (
            isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id in only for t in node.targets)
        ):
            yield node


def _of_templates() -> Iterator[Found]:
    for name in sorted(patient_templates()):
        yield from of_template((TEMPLATES / name).read_text(encoding="utf-8"), f"templates/{name}")


def of_template(source: str, place: str) -> Iterator[Found]:
    for function, arguments in CALL.findall(templatize(source)):
        texts = [ast.literal_eval(text) for text in re.findall(LITERAL, arguments)]
        if found := _found(function, texts, place):
            yield found


def patient_templates() -> set[str]:
    uses = {
        path.relative_to(TEMPLATES).as_posix(): set(PART.findall(path.read_text(encoding="utf-8")))
        for path in TEMPLATES.rglob("*.*")
        if not path.relative_to(TEMPLATES).as_posix().startswith(STAFF)
    }
    found = {
        name for name, used in uses.items() if used & FRAMES or name.startswith(FOLDERS) or name in PAGES
    }
    while more := ({part for name in found for part in uses[name]} & uses.keys()) - found:
        found |= more
    return found


def _of_data() -> Iterator[Found]:
    for name, words in DATA.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        content = tomllib.loads(text) if name.endswith(".toml") else json.loads(text)
        yield from (Found(sentence, "", "", name) for sentence in words(content))


def _found(function: str, texts: list[str | None], place: str) -> Found | None:
    """None for what is no sentence: a variable, whose texts are found where they stand."""
    context, sentence, plural = (
        "" if position is None else (texts[position] if position < len(texts) else None)
        for position in FUNCTIONS[function]
    )
    return Found(sentence, plural or "", context or "", place) if sentence and context is not None else None


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- bringing catalogues up to date ----------------------------------------------------------------------------
def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def written(catalogue: Catalog) -> bytes:
    """By file, without numbers of lines and Babel's version: so that two people's changes meet in few lines."""
    text = io.BytesIO()
    write_po(text, catalogue, width=100, sort_by_file=True, include_lineno=False)
    return GENERATED_BY.sub(b"", text.getvalue())


def updated(catalogue: Catalog, found: Iterable[Found]) -> Catalog:
    """The same catalogue with what is said now: translations stay, what nobody says any more is kept aside."""
    template = Catalog()
    for one in found:
        words = (one.sentence, one.plural) if one.plural else one.sentence
        template.add(words, locations=[(one.place, 0)], context=one.context or None)
    for message in catalogue.obsolete.values():  # it may have come back
        catalogue.add(
            message.id, message.string, user_comments=message.user_comments, context=message.context
        )
    catalogue.obsolete.clear()
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    for key in [key for key, message in catalogue.obsolete.items() if not is_translated(message)]:
        del catalogue.obsolete[key]
    return catalogue


def sentences_of(catalogue: Catalog) -> list[Message]:
    """Without the header, which Babel counts as a sentence."""
    return [message for message in catalogue if message.id]


def forms_of(texts: Any) -> list[str]:
    return list(texts) if isinstance(texts, tuple | list) else [texts or ""]


def is_translated(message: Message) -> bool:
    return all(forms_of(message.string))


def faults(catalogue: Catalog) -> Iterator[str]:
    """What a reader would stumble over, sentence by sentence."""
    for message in sentences_of(catalogue):
        for fault in _faults(message, catalogue.num_plurals if message.pluralizable else 1):
            yield f"{forms_of(message.id)[0]!r}: {fault}"


def _faults(message: Message, forms: int) -> Iterator[str]:
    if not is_translated(message):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked as fuzzy"
    originals, said = forms_of(message.id), forms_of(message.string)
    if len(said) != forms:
        yield f"{len(said)} plural forms instead of {forms}"
    for text in said:
        # In every plural form too: a figure may be a span such as 1–2, which no word for "two" says.
        if _holders(text) not in [_holders(original) for original in originals]:
            yield f"other placeholders in {text!r}"
        if Counter(MARKUP.findall(text)) not in [Counter(MARKUP.findall(original)) for original in originals]:
            yield f"other markup in {text!r}"
        if _edges(text) != _edges(originals[0]):
            yield f"begins or ends differently: {text!r}"


def _holders(text: str) -> Counter[str]:
    return Counter(named or other for named, other in PLACEHOLDER.findall(text))


def _edges(text: str) -> tuple[str, str]:
    """Space around a sentence."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def stale(catalogue: Catalog, found: Iterable[Found]) -> Iterator[str]:
    """What patients read and the catalogue does not know yet."""
    for one in {(one.context, one.sentence): one for one in found}.values():
        if catalogue.get(one.sentence, one.context or None) is None:
            yield f"{one.sentence!r} ({one.place}): not in the catalogue"


def _update() -> int:
    found = sentences()
    for path in po.catalogues():
        catalogue = updated(read(path), found)
        path.write_bytes(written(catalogue))
        missing = sum(not is_translated(message) for message in sentences_of(catalogue))
        print(f"{_place(path)}: {len(catalogue)} sentences, {missing} not translated")
    return 0


def _check() -> int:
    found, wrong = sentences(), 0
    for path in po.catalogues():
        catalogue = read(path)
        for fault in [*stale(catalogue, found), *faults(catalogue)]:
            wrong += 1
            print(f"{_place(path)}: {fault}")
    return 1 if wrong else 0


def _compile() -> int:
    po.compile_stale()
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m clinic.dev.messages")
    parser.add_argument("command", choices=("update", "compile", "check"))
    return {"update": _update, "compile": _compile, "check": _check}[parser.parse_args().command]()


if __name__ == "__main__":
    sys.exit(main())
