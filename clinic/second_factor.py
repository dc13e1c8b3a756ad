"""Whether a member of staff has a second step at sign-in: an authenticator app or a passkey. Without one, nothing opens
but the pages that set it up.

allauth asks for a second step where there is one; that there must be one is decided here.
"""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

SECOND = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]  # recovery codes alone are none
SETS_IT_UP = {"account_logout", "account_reauthenticate"}  # beside every page whose name begins with "mfa_"


def held() -> Exists:
    """For the query that reads the person of each request."""
    return Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND))


def is_missing(user: object) -> bool:
    """Of the person that ``StaffBackend`` read for this request; of anybody else it is not known, and so missing."""
    return settings.STAFF_SECOND_FACTOR and not getattr(user, "has_second_factor", False)


def keeps_out(request: HttpRequest) -> bool:
    """Of a signed-in person: this page does not open yet."""
    name = (request.resolver_match and request.resolver_match.view_name) or ""
    return is_missing(request.user) and not (name.startswith("mfa_") or name in SETS_IT_UP)
