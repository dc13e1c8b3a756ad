"""Words that tell something about whoever gets an e-mail: health, a specialty, a body part, a person."""

import json
import re
import tomllib
from collections.abc import Iterable
from html import unescape

from django.conf import settings

# Beginnings of words. In Arabic and in German compounds they stand inside words too.
WORDS: dict[str, list[str]] = {
    "en-gb": [
        *(
            "podiat",
            "foot",
            "feet",
            "heel",
            "toe",
            "arch",
            "ankle",
            "sole",
            "insole",
            "plantar",
            "nail",
            "pain",
            "hurt",
        ),
        *(
            "exercis",
            "fasci",
            "spur",
            "back pain",
            "physio",
            "ortho",
            "diagnos",
            "clinic",
            "patient",
            "health",
        ),
        *(
            "medic",
            "therap",
            "doctor",
            "injur",
            "stretch",
            "rehab",
            "routine",
            "programme",
            "treatment",
            "symptom",
        ),
    ],
    "es": [
        *(
            "podolog",
            "podólog",
            "pie",
            "pies",
            "talón",
            "dedo",
            "arco",
            "tobillo",
            "planta",
            "plantar",
            "plantilla",
        ),
        *(
            "dolor",
            "duele",
            "ejercici",
            "fasci",
            "espolón",
            "espalda",
            "fisio",
            "orto",
            "diagn",
            "clínic",
            "paciente",
        ),
        *(
            "salud",
            "sanit",
            "médic",
            "terap",
            "doctor",
            "lesion",
            "lesión",
            "estira",
            "rehabil",
            "rutina",
            "programa",
        ),
        *("tratamiento", "síntoma"),
    ],
    "de": [
        *(
            "podolog",
            "fuß",
            "fuss",
            "füß",
            "ferse",
            "zeh",
            "knöchel",
            "sohle",
            "einlage",
            "plantar",
            "schmerz",
        ),
        *("übung", "faszi", "sporn", "rücken", "physio", "orthop", "diagnos", "klinik", "praxis", "patient"),
        *(
            "gesund",
            "mediz",
            "therap",
            "arzt",
            "ärzt",
            "verletz",
            "dehn",
            "reha",
            "programm",
            "behandl",
            "symptom",
        ),
    ],
    "ar": [
        *(
            "القدم",
            "قدمك",
            "كعب",
            "أصابع",
            "إصبع",
            "كاحل",
            "ألم",
            "يؤلم",
            "وجع",
            "تمرين",
            "تمارين",
            "لفافة",
            "ظهر",
        ),
        *(
            "طبيع",
            "تشخيص",
            "عيادة",
            "مريض",
            "مرضى",
            "صحة",
            "صحي",
            "طبي",
            "طبيب",
            "دواء",
            "علاج",
            "إصابة",
            "إطالة",
        ),
        *("تأهيل", "برنامج", "أعراض"),
    ],
}
PEOPLE = ["margaret", "hale", "1956", "riverside podiatry"]
INSIDE_WORDS = {"ar", "de"}


def catalogue_names() -> list[str]:
    folder = settings.BASE_DIR / "exercises" / "data"
    files = sorted(folder.glob("*/*.toml"))
    return [tomllib.loads(path.read_text(encoding="utf-8"))["name"] for path in files]


def finding_names() -> list[str]:
    rows = json.loads((settings.BASE_DIR / "patients/data/finding_types.json").read_text(encoding="utf-8"))
    return [row[key] for row in rows["finding_types"] for key in ("label", "patient_wording")]


def lexicon(language: str) -> list[str]:
    """Names are in English whatever the language: a letter that named one would name it so."""
    names = [*catalogue_names(), *finding_names(), *PEOPLE]
    return [*WORDS[language], *(WORDS["en-gb"] if language != "en-gb" else []), *names]


def hits(text: str, language: str, words: Iterable[str] | None = None) -> list[str]:
    """English words in another language's mail only as whole words: they begin words there that mean something else."""
    found = []
    for word in words or lexicon(language):
        own = word in WORDS[language]
        start = "" if own and language in INSIDE_WORDS else r"\b"
        end = r"\b" if (not own and language != "en-gb") or word in {"pie", "pies"} else ""
        if re.search(f"{start}{re.escape(word.lower())}{end}", text.lower()):
            found.append(word)
    return found


def without_links(text: str) -> str:
    return re.sub(r"(https?://|mailto:)[^\s>]+", "", text)


def without_markup(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)))
