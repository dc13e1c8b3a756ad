from clinic.celery import app as celery_app  # shared_task needs the app in web processes too

__all__ = ["celery_app"]
