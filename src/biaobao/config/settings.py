"""Django's settings."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF

from biaobao.config import environment, postgres

SECRET_KEY = environment.secret_key()
DEBUG = environment.DEBUG
DEMO = environment.DEMO
DATA = environment.DATA
ALLOWED_HOSTS = environment.HOSTS
TRUST = environment.TRUST
CRL_URL = environment.CRL_URL
TSA_URL = environment.TSA_URL
SEALS = environment.SEALS
# The first address under which people reach the house: letters point there.
ORIGIN = environment.ORIGIN
DOCUMENT_KEY = environment.document_key()
# The name under which WSGI has the browser's address.
CLIENT_ADDRESS = (
    f"HTTP_{environment.CLIENT_ADDRESS_HEADER.upper().replace('-', '_')}"
    if environment.CLIENT_ADDRESS_HEADER
    else "REMOTE_ADDR"
)

CSRF_TRUSTED_ORIGINS = environment.ORIGINS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https")
    if any(origin.startswith("https://") for origin in environment.ORIGINS)
    else None
)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_linear_migrations",
    "csp",
    "biaobao.platform.audit",
    "biaobao.domain.parties",
    "biaobao.domain.ledger",
    "biaobao.domain.tenders",
    "biaobao.domain.banking",
    "biaobao.domain.documents",
    "biaobao.domain.securities",
    "biaobao.domain.invoices",
    "biaobao.domain.interest",
    "biaobao.domain.guarantees",
    "biaobao.domain.deposits",
    "biaobao.domain.pools",
    "biaobao.domain.claims",
    "biaobao.web.ui",
    "biaobao.web.public",
    "biaobao.web.bidder",
    "biaobao.web.guarantee",
    "biaobao.web.agency",
    "biaobao.web.guarantor",
    "biaobao.web.operator",
    "biaobao.web.supervisor",
    "biaobao.web.inbound",
    "biaobao.jobs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "biaobao.web.ui.middleware.who_is_there",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "biaobao.web.ui.middleware.refusals",
]

ROOT_URLCONF = "biaobao.config.urls"
WSGI_APPLICATION = "biaobao.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "biaobao.web.ui.context.house",
            ],
            "builtins": ["biaobao.web.ui.templatetags.ui"],
        },
    },
]

DATABASES = {"default": postgres.settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "parties.Person"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

# A session ends after half an hour without a person's own request; polling does not count.
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not (DEBUG or DEMO)
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = environment.DATA / "files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": ["'none'"],
    }
}

INVOICING_URL = environment.INVOICING_URL
INVOICING_SECRET = environment.INVOICING_SECRET
# Shared with banks, host to host, by the bank's code.
BANK_SECRETS = environment.bank_secrets()

SANDBOX_BANK_URL = environment.SANDBOX_BANK_URL
SANDBOX_CA_URL = environment.SANDBOX_CA_URL
SANDBOX_GUARANTOR = environment.SANDBOX_GUARANTOR

# The operator's helpline, as the manual prints it; a setting because it differs by place.
HELPLINE = "0570-3811136"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
