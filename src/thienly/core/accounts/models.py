import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from thienly.core.accounts.records import (
    Acknowledgement,
    OpenSession,
    PastPassword,
    ServiceKey,
    SharingAlert,
)

__all__ = ["Account", "Acknowledgement", "OpenSession", "PastPassword", "ServiceKey", "SharingAlert"]


class Account(AbstractUser):
    """One account, one natural person. Rights come from seats only; Django's own permissions are not used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    full_name = models.CharField(max_length=150)
    folded = models.CharField(
        max_length=300, db_index=True, help_text="user name and full name without diacritics"
    )
    title = models.CharField(max_length=150, blank=True, help_text="post, e.g. trực ban")
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=5, default="vi", choices=[("vi", "Tiếng Việt"), ("en", "English")])
    theme = models.CharField(
        max_length=5, default="auto", choices=[("auto", "auto"), ("light", "light"), ("dark", "dark")]
    )
    suspended_at = models.DateTimeField(
        null=True, blank=True, help_text="from then on no session and no stream lives"
    )
    person_hash = models.CharField(
        max_length=64, null=True, blank=True, unique=True, help_text="keyed hash of the personal identifier"
    )
    person_last = models.CharField(max_length=4, blank=True, help_text="its last four digits")
    machine = models.BooleanField(default=False, help_text="of a service key; nobody signs in with it")
    password_set_at = models.DateTimeField(null=True, blank=True)
    password_issued = models.BooleanField(
        default=False, help_text="somebody else has chosen it: to be changed at the next sign-in"
    )

    REQUIRED_FIELDS = ["full_name"]

    def __str__(self) -> str:
        return self.full_name or self.username
