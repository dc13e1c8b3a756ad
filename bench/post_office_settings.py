"""The bench's settings with django-post-office beside the product: the same rows, database and mail server."""

import os

from bench.settings import *  # noqa: F403
from bench.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "post_office"]
POST_OFFICE = {
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    "BATCH_SIZE": 5000,  # all at once: fewer queries for it
    "THREADS_PER_PROCESS": int(os.environ.get("POST_OFFICE_THREADS", "10")),
    "LOG_LEVEL": 0,
    "BATCH_DELIVERY_TIMEOUT": 120,
}
