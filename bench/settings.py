"""Production settings, and two things a measurement needs: what a request cost and a plain page to compare with."""

from clinic.settings import *  # noqa: F403
from clinic.settings import MIDDLEWARE

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.counting.CostMiddleware", *MIDDLEWARE]
SECURE_SSL_REDIRECT = False  # the load generator speaks plain HTTP, as a TLS proxy behind would
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
