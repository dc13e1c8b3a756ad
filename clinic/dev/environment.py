"""What the settings need to hear, for tests and for the demo. Production's list is `.env.example`."""

import base64
import secrets


def random_secret() -> str:
    return secrets.token_urlsafe(50)


def random_fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def for_tests() -> dict[str, str]:
    """No constant secret, no address that could be real, no mail that could leave the machine."""
    return {
        "SECRET_KEY": random_secret(),
        "MFA_KEYS": random_fernet_key(),
        "DEBUG": "1",  # permits http://; pytest-django switches settings.DEBUG off again
        "SITE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "STATICFILES_MANIFEST": "0",
        "SMTP_URL": "smtp://127.0.0.1:1",  # nobody listens there: a test that sends must bring its own sink
        "MAIL_FROM": "clinic@footwork.example",
        "MAIL_DOMAIN": "footwork.example",
        "TIME_ZONE": "UTC",
        "LOG_LEVEL": "WARNING",
    }
