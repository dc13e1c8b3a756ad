import os
from typing import Any

from celery import Celery, Task, signals

from clinic import within

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")


class SystemTask(Task):
    """Every task is the system's, under its own name: it sees every clinic's rows (``clinic.within``)."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with within.every_clinic(self.name):
            return self.run(*args, **kwargs)


app = Celery("clinic", task_cls=SystemTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def be_patient(**_: Any) -> None:
    """Worker and beat live on the broker and wait for it; everybody else only drops a hint and goes on."""
    from django.conf import settings  # noqa: PLC0415 - this module is where Django begins

    app.conf.broker_transport_options = settings.PATIENT_BROKER_OPTIONS


def settle(**_: Any) -> None:
    """Before the worker forks: its processes share what is loaded, and none of them loads it in front of a mail."""
    import django  # noqa: PLC0415 - this module is where Django begins

    from clinic import long_lived  # noqa: PLC0415

    django.setup()
    long_lived.settle()
    long_lived.give_way()


signals.celeryd_init.connect(be_patient)
signals.worker_init.connect(settle)
signals.beat_init.connect(be_patient)
