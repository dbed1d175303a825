"""What is kept about an account beside the account: what was accepted, used, opened, found odd, issued."""

import uuid

from django.conf import settings
from django.db import models


class Acknowledgement(models.Model):
    """A person took the responsibility for the account, and knowledge of one version of a regulation.

    Rows are added, never changed. `profile` "": the declaration of responsibility itself.
    """

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acknowledgements"
    )
    profile = models.CharField(max_length=20, blank=True)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text that was shown")
    at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "profile", "version", "digest"], name="acknowledged_once"
            )
        ]


class PastPassword(models.Model):
    """An earlier password of an account, as its hash."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="past_passwords"
    )
    hash = models.CharField(max_length=300)
    until = models.DateTimeField()

    class Meta:
        ordering = ["-until"]


class OpenSession(models.Model):
    """A session as its owner and the administrator may see it; Django's session is what opens doors."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_sessions"
    )
    key = models.CharField(max_length=40, unique=True, help_text="of Django's session; never shown")
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="last request, also of a page by itself")
    active_at = models.DateTimeField(help_text="when a person last did something")
    locked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-seen_at"]


class SharingAlert(models.Model):
    """One account was in use at two addresses at once; the person says whether that was right."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sharing_alerts"
    )
    at = models.DateTimeField()
    here = models.CharField(max_length=45)
    there = models.CharField(max_length=45)
    answered_at = models.DateTimeField(null=True)
    mine = models.BooleanField(null=True)

    class Meta:
        ordering = ["-at"]


class ServiceKey(models.Model):
    """A key with which a machine of another system asks the interface, by an approving document.

    Its account holds a seat like a person; the key narrows that to `actions` and, if any, `cameras`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="service_keys"
    )
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="service_keys")
    name = models.CharField(max_length=150)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the key, which is 256 random bits")
    actions = models.JSONField(default=list)
    cameras = models.JSONField(default=list, help_text="camera ids (hex); empty: those of the seat")
    document = models.CharField(max_length=200, help_text="number, date and issuer of the approval")
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=300, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
