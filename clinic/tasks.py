import mmap

from celery import Task, shared_task
from celery.signals import task_success, worker_shutting_down

from clinic import clock, deployment, heads, jobs, mail_domain, nightly_proof, retention, sealing
from clinic.actors import Actor
from clinic.mail import outbox

# SIGTERM reaches only the main process of a prefork worker. This byte is shared with the children it forks, and needs
# no lock that a killed child could keep.
_stop_asked = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def ask_to_stop(**_: object) -> None:
    _stop_asked[0] = 1


@task_success.connect
def note_job(sender: Task, result: object, **_: object) -> None:
    """A job of the schedule is done. None: it was left to another, which has yet to finish it."""
    if result is not None and (name := jobs.of_task(sender.name)):
        jobs.finished(name)


@shared_task(ignore_result=True)
def deliver_outbox() -> int:
    """Send what is due; once the worker is asked to stop, finish the mail in hand and claim no more."""
    return outbox.deliver_due(stopping=lambda: bool(_stop_asked[0])) if deployment.may_send() else 0


@shared_task(ignore_result=True)
def forget_what_is_over() -> int:
    return retention.run(actor=Actor.system("retention"), now=clock.now())


@shared_task(ignore_result=True)
def check_mail_domain() -> None:
    """An owner asked for it."""
    mail_domain.keep(mail_domain.look(), clock.now())


@shared_task
def seal_audit() -> int | None:
    """None: another process is at it."""
    return sealing.seal_audit(clock.now())


@shared_task
def mail_heads() -> int:
    return heads.mail_heads(clock.now())


@shared_task
def verify_audit() -> int | None:
    """None: another process is at it."""
    return nightly_proof.prove_tonight(clock.now())
