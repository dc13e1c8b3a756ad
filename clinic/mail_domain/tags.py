"""``name=value; name=value``: how DKIM keys and DMARC records are written. Pure."""


def tags(text: str) -> dict[str, str] | None:
    """Names in lower case; None when it is not written so, or says something twice."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not name or name in found:
            return None
        found[name] = value.strip()
    return found
