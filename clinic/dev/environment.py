"""What the settings need to hear, for tests and for the demo. Production's list is `.env.example`."""

import base64
import secrets
from pathlib import Path


def random_secret() -> str:
    return secrets.token_urlsafe(50)


def random_fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def for_tests() -> dict[str, str]:
    """No constant secret, no address that could be real, no mail that could leave the machine."""
    return {
        "DEBUG": "1",  # permits http://; pytest-django switches settings.DEBUG off again
        "SECRET_KEY": random_secret(),
        "MFA_KEYS": random_fernet_key(),
        "SITE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "STATICFILES_MANIFEST": "0",
        "SMTP_URL": "smtp://127.0.0.1:1",  # nobody listens there: a test that sends must bring its own sink
        "MAIL_FROM": "clinic@footwork.example",
        "MAIL_DOMAIN": "footwork.example",
        "TIME_ZONE": "UTC",
        "LOG_LEVEL": "WARNING",
        "STAFF_SECOND_FACTOR": "0",  # the tests about it switch it on
        "REMINDER_SPREAD_SECONDS": "0",  # each test says itself when a mail leaves late
        "HELP_DIR": str(Path(__file__).parents[2] / ".dev" / "help-of-tests"),
    }


def for_demo(*, kept: dict[str, str], port: int, smtp_port: int, mail: Path) -> dict[str, str]:
    """`kept` holds the secrets, which stay the same from one start to the next: sign-ins survive."""
    return {
        **kept,
        "DEMO": "1",
        "DEBUG": "0",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "MAIL_FROM": "clinic@footwork.example",
        "MAIL_DOMAIN": "footwork.example",
        "DEMO_MAIL_DIR": str(mail),
        "HELP_DIR": str(mail.parent / "help"),
        "PYTHONUNBUFFERED": "1",
    }


DEMO_DEFAULTS = {  # the environment may say otherwise
    "TICK_SECONDS": "5",  # a newcomer should not wait half a minute
    "REMINDER_SPREAD_SECONDS": "0",  # nor ten
    "STAFF_SECOND_FACTOR": "0",  # nor need a phone
}
