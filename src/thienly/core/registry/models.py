import uuid

from django.db import models

from thienly.rules.address import is_file


class Site(models.Model):
    """A place with cameras: a mine, a port, a one-stop office, a crossing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=600, db_index=True, help_text="name and aliases without diacritics")
    aliases = models.JSONField(default=list, help_text="other spellings, e.g. Đê Gi beside Đề Gi")
    kind = models.CharField(
        max_length=40, help_text="site type id: mine, fishing_port, one_stop, public_place, …"
    )
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="sites")
    address = models.CharField(max_length=300, blank=True)
    latitude = models.FloatField(null=True, blank=True, help_text="degrees, WGS 84")
    longitude = models.FloatField(null=True, blank=True, help_text="degrees, WGS 84")

    class Meta:
        ordering = ["folded"]

    def __str__(self) -> str:
        return self.name


class Camera(models.Model):
    """A camera (QN Đ3.1). Its managing unit is the site's unit."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=40, unique=True, help_text="the province's own number, e.g. MO-001")
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=300, db_index=True, help_text="code and name without diacritics")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras")
    sector = models.CharField(
        max_length=40, db_index=True, help_text="mining, fishing_port, one_stop, traffic, security"
    )
    url = models.CharField(max_length=500, help_text="address without user name and password")
    sub_url = models.CharField(
        max_length=500,
        blank=True,
        default="",
        help_text="second address of the same device: a small picture for small tiles, never recorded",
    )
    username = models.CharField(max_length=100, blank=True)
    sealed_password = models.CharField(
        max_length=500, blank=True, help_text="sealed with the installation's key"
    )
    transport = models.CharField(max_length=4, default="tcp", help_text="of RTP: tcp, udp, auto")
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        help_text="SHA-256 of the certificate that alone is believed; empty: one signed by a known authority",
    )
    zone = models.CharField(
        max_length=41, default="main", help_text="recorders of this zone reach the camera"
    )
    record = models.BooleanField(default=True)
    audio = models.BooleanField(default=False, help_text="sound is recorded only where a profile allows it")
    secret = models.BooleanField(default=False, help_text="state secret (QN Đ1.2): metadata only")
    revision = models.PositiveIntegerField(
        default=1, help_text="grows with each change that recorders must know"
    )
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    @property
    def from_file(self) -> bool:
        """A recording is played in the place of a camera; whoever sees it is told."""
        return is_file(self.url)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
