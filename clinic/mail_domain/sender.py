"""From where our e-mail comes, as the settings have it: what all checks are about."""

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from clinic.mail_domain.answers import Answers


@dataclass(frozen=True, slots=True)
class Sender:
    """``domain``: of the visible sender; ``envelope``: to which mail that cannot be delivered comes back; ``relay``: the
    host to which we hand our mail. ``addresses``: the public ones from which it leaves, where the server is ours."""

    domain: str
    envelope: str
    relay: str
    selectors: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @classmethod
    def of_settings(cls) -> "Sender":
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower().rstrip(".")
        return cls(
            domain=domain,
            envelope=(getattr(settings, "BOUNCE_DOMAIN", "") or domain).lower().rstrip("."),
            relay=settings.EMAIL_HOST.lower().rstrip("."),
            selectors=tuple(settings.DKIM_SELECTORS),
            addresses=tuple(settings.MAIL_SENDING_ADDRESSES),
        )

    def relay_is_ours(self, answers: Answers) -> bool:
        """Its name lies under our domain, or its address in our own network."""
        if self.addresses:
            return True
        family = ".".join(self.domain.split(".")[-2:])
        named = self.relay == family or self.relay.endswith(f".{family}")
        return named or self.relay == "localhost" or self.relay_is_inside(answers)

    def relay_is_inside(self, answers: Answers) -> bool:
        """Nobody outside sees this address: the mail leaves from another one."""
        found = [] if self.relay == "localhost" else answers.addresses(self.relay)
        return self.relay == "localhost" or (bool(found) and not any(one.is_global for one in found))
