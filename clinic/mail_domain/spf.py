"""The words of an SPF record (RFC 7208, section 4.6 and 5). Pure: text in, terms out."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

QUALIFIERS = "+-~?"
MECHANISMS = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"}
ASKS = {"include", "a", "mx", "ptr", "exists"}  # each of them, and redirect, is a question to the DNS
NEEDS_VALUE = {"include", "exists", "ip4", "ip6"}
MOST_QUESTIONS, MOST_VOID = 10, 2
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)")
_MECHANISM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9]*)(?::([^/]*(?:/(?!/?\d).*)?))?((?:/\d+)?(?://\d+)?)")
_ADDRESS = re.compile(r"([+?~-]?)(ip4|ip6):([0-9A-Fa-f.:]+)(?:/(\d+))?", re.IGNORECASE)


class SpfSyntaxError(ValueError):
    """``term``: the one that no receiver understands; it makes the whole record void."""

    def __init__(self, term: str) -> None:
        super().__init__(term)
        self.term = term


@dataclass(frozen=True, slots=True)
class Term:
    qualifier: str
    name: str
    value: str = ""
    bits4: int | None = None
    bits6: int | None = None

    @property
    def has_macro(self) -> bool:
        return "%" in self.value

    def __str__(self) -> str:
        sign = "" if self.qualifier == "+" else self.qualifier
        value = f":{self.value}" if self.value else ""
        if self.name == "ip6":
            return f"{sign}{self.name}{value}" + (f"/{self.bits6}" if self.bits6 is not None else "")
        four = f"/{self.bits4}" if self.bits4 is not None else ""
        six = f"//{self.bits6}" if self.bits6 is not None else ""
        return f"{sign}{self.name}{value}{four}{six}"


@dataclass(frozen=True, slots=True)
class Record:
    terms: tuple[Term, ...]
    redirect: str = ""  # counts only where no "all" stands

    @property
    def ending(self) -> str:
        """The sign before "all": ``-``, ``~``, ``?`` or ``+``; empty where there is none."""
        return next((term.qualifier for term in self.terms if term.name == "all"), "")

    def __str__(self) -> str:
        redirect = [f"redirect={self.redirect}"] if self.redirect else []
        return " ".join(["v=spf1", *map(str, self.terms), *redirect])


def is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def parse(text: str) -> Record:
    """Raises SpfSyntaxError at the first term that is none."""
    if not is_spf(text):
        raise SpfSyntaxError(text[:40])
    terms: list[Term] = []
    redirects: list[str] = []
    for word in text.split(" ")[1:]:
        if not word:
            continue
        if modifier := _MODIFIER.fullmatch(word):
            if modifier[1].lower() == "redirect":
                redirects.append(modifier[2])
            continue  # "exp", and modifiers of which nobody knows: to be passed over
        terms.append(_term(word))
    if len(redirects) > 1 or "" in redirects:
        raise SpfSyntaxError("redirect=")
    return Record(tuple(terms), redirects[0] if redirects else "")


def _term(word: str) -> Term:
    if address := _ADDRESS.fullmatch(word):
        return _address(word, *address.groups())
    found = _MECHANISM.fullmatch(word)
    if found is None or (name := found[2].lower()) not in MECHANISMS - {"ip4", "ip6"}:
        raise SpfSyntaxError(word)
    sign, value, lengths = found[1] or "+", found[3] or "", found[4]
    four, _slashes, six = lengths.partition("//")
    bits4, bits6 = _number(four.strip("/")), _number(six)
    if (found[3] == "" or (name in NEEDS_VALUE and not value)) or (name == "all" and (found[3] or lengths)):
        raise SpfSyntaxError(word)
    if lengths and name not in {"a", "mx"}:
        raise SpfSyntaxError(word)
    if (bits4 or 0) > 32 or (bits6 or 0) > 128:
        raise SpfSyntaxError(word)
    return Term(sign, name, value, bits4, bits6)


def _address(word: str, sign: str, name: str, value: str, bits: str | None) -> Term:
    name, number = name.lower(), _number(bits or "")
    most = 32 if name == "ip4" else 128
    if (":" in value) == (name == "ip4") or (number or 0) > most or not _is_address(value):
        raise SpfSyntaxError(word)
    return Term(
        sign or "+",
        name,
        value,
        number if name == "ip4" else None,
        number if name == "ip6" else None,
    )


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _number(text: str) -> int | None:
    return int(text[:9]) if text else None
