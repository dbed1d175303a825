"""Django's settings, all derived from the installation's `Conf`."""

import warnings
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import fontpkg_inter
from django.core.management.utils import get_random_secret_key

from thienly.conf import Conf

CONF = Conf.load()

DEBUG = False
SECRET_KEY = (
    CONF.django_secret.read_text().strip() if CONF.django_secret.exists() else get_random_secret_key()
)
ALLOWED_HOSTS = [*CONF.file.hosts, "testserver"] if CONF.demo else CONF.file.hosts

INSTALLED_APPS = [
    "thienly.web",  # first: its templates replace allauth's
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "django_htmx",
    "thienly.core.units",
    "thienly.core.regulation",
    "thienly.core.registry",
    "thienly.core.areas",
    "thienly.core.accounts",
    "thienly.core.access",
    "thienly.core.ledger",
    "thienly.core.cases",
    "thienly.core.recording",
    "thienly.core.storage",
    "thienly.core.pictures",
    "thienly.core.bookmarks",
    "thienly.core.availability",
    "thienly.core.quality",
    "thienly.core.packages",
    "thienly.core.reviews",
    "thienly.core.documents",
    "thienly.core.extraction",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "thienly.web.headers.SecurityHeaders",
    "thienly.web.methods.PlainMethods",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "thienly.web.nul.NoNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "thienly.web.preferences.PreferencesMiddleware",
    "thienly.web.door.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "thienly.web.actor.ActorMiddleware",
    "thienly.web.errors.RefusalMiddleware",
    "thienly.web.zone.ZoneMiddleware",
    "thienly.web.duties.DutiesFirst",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "thienly.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "thienly.web.context.shell",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path,
            # Several processes write: WAL, the write lock taken at BEGIN, and patience.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            # A file as in life: an in-memory database fails where a file waits for its lock.
            "TEST": {"NAME": f"{parts.path}.test"},
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # libpq's form for a socket: postgresql://user@/name?host=/directory
        "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],
        "PORT": parts.port or "",
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database(CONF.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "thienly.web.signin.Adapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": False}  # lockout is django-axes's work
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# `localhost` is the one place where browsers let keys be used without TLS (a trial on one machine).
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CONF.file.https
MFA_TOTP_ISSUER = "Thiên Lý"
MFA_ADAPTER = "thienly.web.signin.MfaAdapter"
SOCIALACCOUNT_ADAPTER = "thienly.web.single_sign_on.Adapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# A form would be sent on to the provider, which the pages' own policy forbids; a link may lead there.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": one.name,
                "name": one.label,
                "client_id": one.client,
                "secret": secret.read_text().strip()
                if (secret := CONF.sso_secret(one.name)).exists()
                else "",
                "settings": {"server_url": one.server},
            }
            for one in CONF.file.single_sign_on
        ],
    }
}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "thienly.web.signin.locked"
AXES_SENSITIVE_PARAMETERS = ["password"]
AXES_VERBOSE = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONF.file.https
SECURE_HSTS_SECONDS = 31_536_000 if CONF.file.https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [str(Path(__file__).parent / "locale")]
TIME_ZONE = CONF.file.time_zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [("fonts", str(Path(fontpkg_inter.__file__).parent / "files"))]
CSRF_FAILURE_VIEW = "thienly.web.errors.csrf_failure"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING_CONFIG = None
# WhiteNoise hands Django plain iterators also under ASGI; its files are small, and read in a thread.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
