from celery import shared_task

from clinic import clock
from clinic.actors import Actor
from patients import actions, import_work


@shared_task(ignore_result=True)
def work_on_imports() -> int:
    actions.forget_imports(actor=Actor.system("forget_imports"), now=clock.now())
    return import_work.work()
