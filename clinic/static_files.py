"""Static files as browsers get them: a script goes out without its indentation and the lines that only explain it."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# A comment goes where it is a whole line; what stands behind code stays. So no script has a text of several lines.
UNREAD = re.compile(rb"^ *(?:(?://.*|/\*\*.*\*/)\n)?", re.MULTILINE)


def for_browsers(script: bytes) -> bytes:
    return UNREAD.sub(b"", script)


class StaticFiles(CompressedManifestStaticFilesStorage):
    def _save(self, name: str, content: Any) -> str:
        if name.startswith("js/"):
            content = ContentFile(for_browsers(content.read()))
        return str(super()._save(name, content))
