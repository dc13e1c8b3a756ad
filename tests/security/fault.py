"""A slip that somebody could make in the code, planted in a copy of it (``tests/security/faults.py``)."""

from typing import NamedTuple


class Fault(NamedTuple):
    """``old`` stands once in ``file``. ``alone``: the policies of the database would hide the slip, so requests run past
    them (as the owner of the tables), and the first lock is tried alone."""

    check: int
    slip: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    alone: bool = False


# Requests run as the owner of the tables, whom no policy binds.
NO_SECOND_LOCK = ("tests/app_client.py", "token = _role.set(APPLICATION)", 'token = _role.set("")')
