"""Settings of every installation. What differs between installations comes from the environment (clinic/env.py).

Higher apps are named here as strings only; tests/test_strings.py resolves each of them.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from clinic import env
from clinic.api_settings import REST_FRAMEWORK as REST_FRAMEWORK  # settings like those below
from clinic.api_settings import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from clinic.retention_rules import RETENTION as RETENTION
from clinic.retention_rules import RETENTION_OF_ALL as RETENTION_OF_ALL

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
# Which installation this is. A database that says another name sends no mail (clinic/deployment.py).
DEPLOYMENT_ID = env.text("FOOTWORK_DEPLOYMENT_ID", "")
DEPLOYMENT_GUARD = bool(DEPLOYMENT_ID) or not (DEBUG or DEMO)
MONITOR_TOKEN = env.text("MONITOR_TOKEN", "")  # opens /metrics and the reasons of /health/reminders
OPERATOR_EMAIL = env.text("OPERATOR_EMAIL", "")  # whom to tell of ten red minutes

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
    "allauth.usersessions",
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
    "clinic.middleware.WithinMiddleware",
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

FORM_RENDERER = "clinic.form_renderer.FormRenderer"

# Two roles: the application connects as one that every policy binds. Only what migrates, backs up or restores is told the
# owner's address too (docs/row-level-security.md).
_application = env.database("DATABASE_URL")
APPLICATION_ROLE: tuple[str, str] = (str(_application["USER"]), str(_application["PASSWORD"]))
_owner = env.text("MIGRATION_DATABASE_URL", "")
# A connection costs about 3 ms, so each process keeps a few. All rows that are searched fit into memory, where one page
# is as near as the next; PostgreSQL's own guess is of a turning disk, and it would read whole tables past their indexes.
# A process that froze within a transaction would keep its rows, and everybody who wants them, waiting for ever; who waits
# for a row, or for an answer, longer than anybody looks at a page gets an error instead of keeping a thread. 0: no limit.
_seconds = {
    "idle_in_transaction_session_timeout": env.integer("DATABASE_IDLE_SECONDS", 60, low=1),
    "lock_timeout": env.integer("DATABASE_LOCK_SECONDS", 10),
    "statement_timeout": env.integer("DATABASE_STATEMENT_SECONDS", 30),
}
_options = ["random_page_cost=1.1", *(f"{name}={seconds}s" for name, seconds in _seconds.items())]
MIGRATION_LIMITS = {
    "lock_timeout": "2s",
    "statement_timeout": "15min",
}  # clinic/management/commands/migrate.py
DATABASES = {
    "default": (env.database("MIGRATION_DATABASE_URL") if _owner else _application)
    | {
        "OPTIONS": {
            "options": " ".join(f"-c {option}" for option in _options),
            "pool": {
                "min_size": 1,
                "max_size": env.integer("DATABASE_POOL_SIZE", 4, low=1),
                # While the database is away each request waits that long, and /health/live waits for a free thread: less
                # than its own limit of 4 seconds. Developers' machines are busier.
                "timeout": 10 if DEBUG else 3,
            },
        }
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counters that decide something (sign-in limits) live in PostgreSQL: sign-in works while Redis is away.
CACHES = {"default": {"BACKEND": "clinic.cache.JSONCache", "LOCATION": "clinic_cache"}}

# --- people and sessions --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["clinic.adapters.StaffBackend"]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("Argon2", "PBKDF2")]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "clinic.passwords.KnownPasswordValidator"},
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
ACCOUNT_FORMS = {
    "login": "clinic.signin.LoginForm",
    "reauthenticate": "clinic.signin.ReauthenticateForm",
    "reset_password": "clinic.signin.ResetPasswordForm",
    "reset_password_from_key": "clinic.signin.ResetPasswordKeyForm",
    "change_password": "clinic.signin.ChangePasswordForm",
    "set_password": "clinic.signin.SetPasswordForm",
}
ACCOUNT_SESSION_REMEMBER = False  # computers in clinics are shared
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
STAFF_SECOND_FACTOR = env.boolean("STAFF_SECOND_FACTOR", default=True)  # off: for demo and development
MFA_ADAPTER = "clinic.adapters.MFAAdapter"
USERSESSIONS_ADAPTER = "clinic.adapters.SessionsAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Nobody signs up: the address was given by an owner, and the first password was chosen by a link that went there.
MFA_ALLOW_UNVERIFIED_EMAIL = True
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
CSRF_FAILURE_VIEW = "clinic.unsent.csrf_failure"
DEVICE_COOKIE_NAME = "__Host-device" if SECURE else "device"
ASKED_COOKIE_NAME = "__Host-asked" if SECURE else "asked"  # of a browser that waits for a code by e-mail
PATIENT_COOKIE_NAME = "__Host-today" if SECURE else "today"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
MESSAGE_STORAGE = "clinic.notices.Notices"
NOTICE_COOKIE_NAME = "__Host-notices" if SECURE else "notices"

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
    "worker-src": ["'self'"],
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
# Of a plan in another language than the browser prefers.
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
_hashed_names = env.boolean("STATICFILES_MANIFEST", default=not DEBUG and not DEMO)
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not _hashed_names  # demo, development and tests
_plain_names = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "clinic.static_files.StaticFiles" if _hashed_names else _plain_names},
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
# For `manage.py check_mail_domain` alone: the selectors with which the mail server signs, the public addresses from which
# it sends where it is our own, and a resolver instead of the machine's (address:port).
DKIM_SELECTORS = env.words("DKIM_SELECTORS")
MAIL_SENDING_ADDRESSES = env.words("MAIL_SENDING_ADDRESSES")
DNS_SERVER = env.text("DNS_SERVER", "")
DEMO_MAIL_DIR = env.text("DEMO_MAIL_DIR", "")
LETTERS = {  # name in the outbox row -> the function that composes it, or None when it is no longer wanted
    "staff_invited": "clinic.emails.staff_invited",
    "audit_head": "clinic.emails.audit_head",
    "plan_ready": "exercises.emails.plan_ready",
    "plan_changed": "exercises.emails.plan_changed",
    "exercise_reminder": "exercises.emails.exercise_reminder",
    "message_waiting": "exercises.emails.message_waiting",
    "emailed_code": "patients.emails.emailed_code",
    "device_added": "patients.emails.device_added",
    "signs_reported": "patients.alerts.signs_reported",
    "record_opened": "patients.emails.record_opened",
    "carer_asked": "exercises.emails.carer_asked",
    "carer_plan_ready": "exercises.emails.carer_plan_ready",
    "carer_plan_changed": "exercises.emails.carer_plan_changed",
    "carer_reminder": "exercises.emails.carer_reminder",
    "something_waits": "exercises.escalation.something_waits",
}
# What a line of the log asks to be done again after a restore (clinic/replay.py): kind -> (actor, key, now) -> done.
REPLAYS = {
    "reminders.stopped": "exercises.replays.stop_reminders",
    "patient.archived": "exercises.replays.stop_reminders",
    "carer.stopped": "exercises.replays.stop_copies",
    "restriction.set": "exercises.replays.restrict",
    "erasure.done": "exercises.replays.erase",
    "deletion.done": "exercises.replays.delete",
    "suppression.added": "clinic.mail.suppression.stand_again",
}
# Of some patients, those whose records have to be kept: what the audit says of these stays as long (manage.py prune_audit).
RECORDS_KEPT = "patients.kept_records.still_kept"
STAFF_LETTERS = {
    "staff_invited",
    "audit_head",
    "signs_reported",
    "record_opened",
    "something_waits",
}  # never held back for an address that fails
# Where reports about mail come in (docs/reminders.md): the domain of envelope senders that name their e-mail, whose mailbox
# `manage.py read_bounces` reads, and the secrets of mail services that tell by signed requests. Both may be empty.
BOUNCE_DOMAIN = env.text("BOUNCE_DOMAIN", "")
IMAP_URL = env.text("IMAP_URL", "")
MAIL_EVENTS = env.pairs("MAIL_EVENTS")
ON_RETURNED_MAIL = [
    "exercises.returned_mail.heard"
]  # called with the e-mail, the kind and the time, in its transaction
# Of these many are due at once: they go after all other letters, as fast as each clinic's allowance permits, and are
# composed a few at a time. The function is given their objects and the time.
LETTERS_IN_BULK = {
    "exercise_reminder": "exercises.emails.exercise_reminders",
    "carer_reminder": "exercises.emails.carer_reminders",
}
# Reminders of a full hour leave over so many seconds after it, each programme's always equally late.
REMINDER_SPREAD_SECONDS = env.integer("REMINDER_SPREAD_SECONDS", 600, low=0, high=600)
# Seconds. A changed plan is told once nobody has changed it for a while, and not later than after the longest.
CHANGE_LETTER = {"quiet": 600, "longest": 3600}
# Seconds. DATA, body and final reply must fit into the lease: 4 x 30 + 120 < 300 (docs/reminders.md).
OUTBOX = {"connect": 10, "command": 30, "final_reply": 120, "lease": 300, "budget": 20, "per_connection": 20}
OUTBOX_PAUSES = {"retry": 60, "circuit": 30}  # seconds, the first of each series

# --- backups --------------------------------------------------------------------------------------------------
# Where `manage.py backup` puts them and for whom it encrypts them: an age recipient (age1…) or an OpenPGP key.
BACKUP_DIR = env.text("BACKUP_DIR", "")
BACKUP_RECIPIENT = env.text("BACKUP_RECIPIENT", "")
BACKUP_KEEP_DAYS = env.integer("BACKUP_KEEP_DAYS", 30, low=1)
# A role that reads every row, where the application's own does not.
BACKUP_DATABASE = env.database("BACKUP_DATABASE_URL") if env.text("BACKUP_DATABASE_URL", "") else None
BACKUP_WATCHED = bool(BACKUP_DIR) or not (DEBUG or DEMO)
PG_BIN = env.text("PG_BIN", "")  # the folder of pg_dump and pg_restore; empty: they are on the path

# Seconds after which a light turns red (clinic/lights.py), and after which somebody is told.
WATCH: dict[str, float] = {
    "tick": 180,
    "job": 180,  # how far a job may lag behind the tick
    "oldest_due": 900,
    "ahead": 86400,
    "circuit": 600,
    "backup": 26 * 3600,
    "alarm": 600,
    "seal": 600,
    "look": 15,  # how often manage.py keep_running looks
    "start": 180,  # how long a worker may take to come to work
}
# SMTP connections that one worker process holds: as many mails are with the server at once, and as many can be in doubt
# when the process is killed.
MAIL_CONNECTIONS = env.integer("MAIL_CONNECTIONS", 1, low=1, high=50)
# Of what is sent in bulk: each clinic's allowance, and what the mail server takes from all of them (0: it need not be spared).
MAILS_PER_CLINIC_MINUTE = env.integer("MAILS_PER_CLINIC_MINUTE", 60, low=1)
MAILS_PER_MINUTE = env.integer("MAILS_PER_MINUTE", 0, low=0)

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
_broker = {"visibility_timeout": 900, "unacked_restore_interval": 10, "unacked_restore_throttle": 1}
# Of web and commands: max_retries and the short times keep a request that publishes from waiting for a dead broker.
CELERY_BROKER_TRANSPORT_OPTIONS = _broker | {
    "max_retries": 0,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
}
# Of worker and beat (clinic/celery.py).
PATIENT_BROKER_OPTIONS = _broker | {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "health_check_interval": 25,
    "retry_on_timeout": True,
}
QUIET_SECONDS = 10  # how long a process publishes nothing after the broker did not answer (clinic/queue.py)
# Intervals, never crontab: those skip an hour when clocks go back. send_reminders does the same jobs without Celery.
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "remind_due": {"task": "exercises.tasks.remind_due", "schedule": float(TICK_SECONDS)},
    "deliver_outbox": {"task": "clinic.tasks.deliver_outbox", "schedule": float(TICK_SECONDS)},
    "watch_alerts": {"task": "exercises.tasks.watch_alerts", "schedule": float(TICK_SECONDS)},
    # Once a day would do; but new rules come with a new release, and a scheduler that is started anew counts anew.
    "follow_zone_rules": {"task": "exercises.tasks.follow_zone_rules", "schedule": 3600.0},
    "work_on_exports": {"task": "exercises.tasks.work_on_exports", "schedule": float(TICK_SECONDS)},
    "work_on_imports": {"task": "patients.tasks.work_on_imports", "schedule": float(TICK_SECONDS)},
    # Each clinic's midnight comes at another hour, and a scheduler that is started anew begins to count anew.
    "retention": {"task": "clinic.tasks.forget_what_is_over", "schedule": 3600.0},
    "seal_audit": {"task": "clinic.tasks.seal_audit", "schedule": 60.0},
    "mail_heads": {"task": "clinic.tasks.mail_heads", "schedule": 3600.0},
    "verify_audit": {"task": "clinic.tasks.verify_audit", "schedule": 3600.0},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "clinic.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},  # no line twice
        # Whatever else is left out: after a restore these lines are needed, and heads of seals are worth something elsewhere.
        "clinic.replay": {"level": "INFO"},
        "clinic.seal": {"level": "INFO"},
    },
}
