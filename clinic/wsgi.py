import os

from django.core.wsgi import get_wsgi_application

from clinic import long_lived

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

application = get_wsgi_application()
long_lived.settle()
