"""The secret of a link in an e-mail: 256 random bits, of which only the hash is stored. Pure."""

import hashlib
import re
import secrets

SECRET_BYTES = 32  # 43 characters in base64url
SECRET = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)
LONGEST = 2000  # a pasted address with whatever the mail program put around it


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    """SHA-256 is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_in(pasted: str) -> str:
    """The secret of a link as the script or a person gives it; empty when there is none."""
    found = SECRET.search(pasted[:LONGEST])
    return found.group() if found else ""
