"""How long a member of staff stays signed in: a while without a click, half a day in any case.

The two moments stand in the session itself, in seconds of the epoch. The last click is written at most once a minute.
"""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from clinic import clock

IDLE = timedelta(minutes=15)  # NIST 800-63B asks for 30 at this level; computers in clinics are shared
WHOLE = timedelta(hours=12)
WRITTEN_EVERY = timedelta(minutes=1)
BEGAN, SEEN = "began", "seen"


def left(session: SessionBase, now: datetime) -> timedelta:
    """Until it ends, if nothing is clicked; none or less: it has ended. A session without a mark begins now."""
    began, seen = (_moment(session.get(name), now) for name in (BEGAN, SEEN))
    return min(seen + IDLE, began + WHOLE) - now


def begin(session: SessionBase, now: datetime) -> None:
    """Somebody signed in."""
    session[BEGAN] = session[SEEN] = int(now.timestamp())


def note(session: SessionBase, now: datetime) -> None:
    """Somebody clicked."""
    if BEGAN not in session:
        session[BEGAN] = int(now.timestamp())
    if SEEN not in session or now - _moment(session[SEEN], now) >= WRITTEN_EVERY:
        session[SEEN] = int(now.timestamp())
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=now)


def goes_on(request: HttpRequest) -> bool:
    """Somebody is signed in, and this click counts. A session that is over is deleted here.

    The time is that of the query which read the person (``StaffBackend``): the database's.
    """
    if not request.user.is_authenticated:
        return False
    now: datetime = getattr(request.user, "asked_at", None) or clock.now()
    if left(request.session, now) <= timedelta(0):
        logout(request)
        return False
    note(request.session, now)
    return True


def _moment(stored: int | None, now: datetime) -> datetime:
    return now if stored is None else datetime.fromtimestamp(stored, tz=now.tzinfo)
