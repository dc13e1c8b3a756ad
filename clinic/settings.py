"""Settings of every installation. What differs between installations comes from the environment (clinic/env.py).

Higher apps are named here as strings only; tests/test_strings.py resolves each of them.
"""

from pathlib import Path
from urllib.parse import urlsplit

from clinic import env

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.boolean("DEBUG", default=False)
DEMO = env.boolean("DEMO", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
MFA_KEYS = env.words("MFA_KEYS")  # Fernet keys, newest first: they encrypt the staff's TOTP secrets
SITE_URL = env.text("SITE_URL").rstrip("/")
SECURE = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "")
TIME_ZONE = env.text("TIME_ZONE", "UTC")
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, high=9)

INSTALLED_APPS = [
    "clinic.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "import_export",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "clinic.apps.ClinicConfig",
    "patients",
    "exercises",
]

MIDDLEWARE = [
    "clinic.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "clinic.middleware.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # a plan of 60 kB travels as 3; CSRF tokens are masked, so BREACH learns nothing
    "django.contrib.sessions.middleware.SessionMiddleware",
    "clinic.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.middleware.ActorMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "clinic.context.site",
            ],
        },
    },
]

# A connection costs about 3 ms, so each process keeps a few. All rows that are searched fit into memory, where one page
# is as near as the next; PostgreSQL's own guess is of a turning disk, and it would read whole tables past their indexes.
DATABASES = {
    "default": env.database("DATABASE_URL")
    | {
        "OPTIONS": {
            "options": "-c random_page_cost=1.1",
            "pool": {"min_size": 1, "max_size": env.integer("DATABASE_POOL_SIZE", 4, low=1), "timeout": 10},
        }
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counters that decide something (sign-in limits) live in PostgreSQL: sign-in works while Redis is away.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "clinic_cache"},
}

# --- people and sessions --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["clinic.adapters.StaffBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "clinic:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "clinic.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff are created by an owner; there is no sign-up
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers: the page says the same either way
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {"login": "clinic.signin.LoginForm", "reset_password": "clinic.signin.ResetPasswordForm"}
ACCOUNT_SESSION_REMEMBER = False  # computers in clinics are shared
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_ADAPTER = "clinic.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # passkeys on http://localhost: demo and development only
MFA_TOTP_TOLERANCE = 0
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-staff" if SECURE else "staff"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True
DEVICE_COOKIE_NAME = "__Host-device" if SECURE else "device"
ASKED_COOKIE_NAME = "__Host-asked" if SECURE else "asked"  # of a browser that waits for a code by e-mail
PATIENT_COOKIE_NAME = "__Host-today" if SECURE else "today"
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- what browsers are told -----------------------------------------------------------------------------------
# The name and shape of Django 6's setting, so that the upgrade deletes our middleware.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
# Not "no-referrer": under it browsers send "Origin: null" with every form, and the CSRF check refuses that.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 4
FILE_UPLOAD_HANDLERS = ["clinic.uploads.CappedUploadHandler"]

# --- languages, time, files -----------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
# For patients (clinic.models.Language); staff pages are in English.
LANGUAGES = [("en-gb", "English"), ("es", "Español"), ("de", "Deutsch"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"  # of a plan in another language than the browser prefers
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
_hashed_names = env.boolean("STATICFILES_MANIFEST", default=not DEBUG and not DEMO)
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not _hashed_names  # demo, development and tests
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "clinic.static_files.StaticFiles"
        if _hashed_names
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Each clinic's help page as files, for when the database is away: a folder that stays and that all processes share.
HELP_DIR = env.text("HELP_DIR", str(BASE_DIR / "help"))
ON_CLINIC_CHANGE = ["patients.help_pages.write"]  # called with the clinic's id after the commit

# --- mail -----------------------------------------------------------------------------------------------------
MAIL_FROM = env.text("MAIL_FROM")  # the address only; each clinic chooses its own neutral display name
MAIL_DOMAIN = env.text("MAIL_DOMAIN", MAIL_FROM.rpartition("@")[2])  # right-hand side of Message-ID
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
_smtp = env.smtp("SMTP_URL")
EMAIL_HOST, EMAIL_PORT = _smtp["EMAIL_HOST"], _smtp["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp["EMAIL_HOST_USER"], _smtp["EMAIL_HOST_PASSWORD"]
EMAIL_USE_SSL, EMAIL_USE_TLS = _smtp["EMAIL_USE_SSL"], _smtp["EMAIL_USE_TLS"]
EMAIL_TIMEOUT = 10
DEMO_MAIL_DIR = env.text("DEMO_MAIL_DIR", "")
LETTERS = {  # name in the outbox row -> the function that composes it, or None when it is no longer wanted
    "staff_invited": "clinic.emails.staff_invited",
    "plan_ready": "exercises.emails.plan_ready",
    "plan_changed": "exercises.emails.plan_changed",
    "exercise_reminder": "exercises.emails.exercise_reminder",
    "message_waiting": "exercises.emails.message_waiting",
    "emailed_code": "patients.emails.emailed_code",
    "device_added": "patients.emails.device_added",
    "signs_reported": "patients.alerts.signs_reported",
    "carer_asked": "exercises.emails.carer_asked",
    "carer_plan_ready": "exercises.emails.carer_plan_ready",
    "carer_plan_changed": "exercises.emails.carer_plan_changed",
    "carer_reminder": "exercises.emails.carer_reminder",
    "something_waits": "exercises.escalation.something_waits",
}
# Seconds. A changed plan is told once nobody has changed it for a while, and not later than after the longest.
CHANGE_LETTER = {"quiet": 600, "longest": 3600}
# Seconds. DATA, body and final reply must fit into the lease: 4 x 30 + 120 < 300 (docs/reminders.md).
OUTBOX = {"connect": 10, "command": 30, "final_reply": 120, "lease": 300, "budget": 20, "per_connection": 20}

# --- worker ---------------------------------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL")
TICK_SECONDS = env.integer("TICK_SECONDS", 30, low=1, high=60)
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 285  # below the lease: the process is dead before its mail is given to another
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# max_retries and the short timeouts keep a request that publishes from waiting for a dead broker.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "max_retries": 0,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
}
CELERY_BEAT_SCHEDULE = {  # intervals, never crontab: those skip an hour when clocks go back
    "remind_due": {"task": "exercises.tasks.remind_due", "schedule": float(TICK_SECONDS)},
    "work_on_imports": {"task": "patients.tasks.work_on_imports", "schedule": float(TICK_SECONDS)},
    "deliver_outbox": {"task": "clinic.tasks.deliver_outbox", "schedule": float(TICK_SECONDS)},
    "watch_alerts": {"task": "exercises.tasks.watch_alerts", "schedule": float(TICK_SECONDS)},
    "forget_drafts": {"task": "exercises.tasks.forget_drafts", "schedule": 86400.0},
}

# --- API ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "clinic.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "clinic.api.schema.RoleSchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would describe fields to whoever may read; the schema does it better
    "EXCEPTION_HANDLER": "clinic.api.errors.handle",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Footwork API",
    "VERSION": "1",
    "DESCRIPTION": "Catalogue, patients, findings, programmes and logs of a podiatry clinic.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["clinic.api.permissions.IsStaffOfClinic"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "clinic.api.schema.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {"FindingSide": "patients.models.Side", "ExerciseSide": "exercises.models.Side"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "clinic.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},  # no line twice
}
