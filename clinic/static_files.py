"""Static files as browsers get them: a script goes out without its indentation and the lines that only explain it."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# A comment goes where it is a whole line; what stands behind code stays. So no script has a text of several lines.
UNREAD = re.compile(rb"^ *(?:(?://.*|/\*\*.*\*/)\n)?", re.MULTILINE)


def for_browsers(script: bytes) -> bytes:
    return UNREAD.sub(b"", script)


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    def _save(self, name: str, content: Any) -> str:
        if name.startswith("js/"):
            whole = b"".join(content.chunks())  # from the beginning, whoever has read it
            content = ContentFile(for_browsers(whole))
        return str(super()._save(name, content))
