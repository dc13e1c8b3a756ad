import mmap

from celery import shared_task
from celery.signals import worker_shutting_down

from clinic.mail import outbox

# SIGTERM reaches only the main process of a prefork worker. This byte is shared with the children it forks, and needs
# no lock that a killed child could keep.
_stop_asked = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def ask_to_stop(**_: object) -> None:
    _stop_asked[0] = 1


@shared_task(ignore_result=True)
def deliver_outbox() -> int:
    """Send what is due; once the worker is asked to stop, finish the mail in hand and claim no more."""
    return outbox.deliver_due(stopping=lambda: bool(_stop_asked[0]))
