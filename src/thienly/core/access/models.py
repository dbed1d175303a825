import uuid

from django.conf import settings
from django.db import models


class Seat(models.Model):
    """A person in a role of a unit for a time. Rights are derived from live seats, never copied.

    The role stands in a profile; what it may do and over which scope is read there at each decision.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="seats")
    profile = models.CharField(max_length=20, help_text="profile id, e.g. QN")
    role = models.CharField(max_length=60, help_text="role id in the profile")
    sector = models.CharField(max_length=40, blank=True, help_text="for roles whose scope is `sector`")
    sites = models.ManyToManyField(
        "registry.Site", blank=True, help_text="for roles whose scope is a grant list"
    )
    document = models.CharField(max_length=200, help_text="the appointing decision in one line")
    number = models.CharField(max_length=100, blank=True, help_text="of the decision, e.g. 12/QĐ-UBND")
    issued = models.DateField(null=True, blank=True, help_text="date of the decision")
    issuer = models.CharField(max_length=200, blank=True, help_text="the body that issued it")
    signatory = models.CharField(max_length=200, blank=True, help_text="who signed it, with his post")
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who gave the seat; empty: the installation",
    )
    assigning_unit = models.CharField(
        max_length=200, blank=True, help_text="the unit that assigned it, by the name it then had"
    )
    must_receive = models.BooleanField(
        default=False, help_text="gives nothing before its holder has acknowledged receipt"
    )
    received_at = models.DateTimeField(null=True, blank=True)
    succeeds = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors"
    )
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(
        null=True, blank=True, help_text="first moment at which the seat no longer counts"
    )
    ended_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return f"{self.role}@{self.unit_id}"


class Right(models.Model):
    """Something one seat may do beside its role, by a document and for a time; see `rules.scope.GivenFacts`.

    It counts only while its seat does (a delegation: while the lender's does, too). Never deleted: it ends.
    """

    class Kind(models.TextChoices):
        GRANT = "grant"
        CONSENT = "consent"
        DELEGATION = "delegation"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="rights")
    lender = models.ForeignKey(
        Seat,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lent",
        help_text="of a delegation",
    )
    entry = models.CharField(
        max_length=60, blank=True, help_text="grant or approval of the profile it rests on"
    )
    actions = models.JSONField(help_text="names of actions, sorted")
    purpose = models.CharField(max_length=60, blank=True, help_text="purpose id of the profile")
    reason = models.CharField(max_length=300, help_text="what for, in words")
    sites = models.ManyToManyField("registry.Site", blank=True)
    cameras = models.ManyToManyField("registry.Camera", blank=True)
    number = models.CharField(max_length=100, help_text="of the document it rests on")
    issued = models.DateField()
    issuer = models.CharField(max_length=200)
    signatory = models.CharField(max_length=200)
    valid_from = models.DateTimeField(db_index=True)
    valid_to = models.DateTimeField(db_index=True, help_text="first moment at which it no longer counts")
    ended_reason = models.CharField(max_length=300, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["valid_to"]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def document(self) -> str:
        return f"{self.number}, {self.issued:%d/%m/%Y}, {self.issuer}"


class AccessEpoch(models.Model):
    """One row; `value` grows in every transaction that may change a right. Gateways compare it cheaply."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveBigIntegerField(default=0)


class WallLayout(models.Model):
    """A person's saved arrangement of tiles; it grants nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="layouts")
    name = models.CharField(max_length=80)
    size = models.PositiveSmallIntegerField(help_text="tiles: 1, 4, 9 or 16")
    tiles = models.JSONField(default=list, help_text="camera ids or null, in reading order")
    streams = models.JSONField(
        default=dict, help_text="camera id → main or sub, where it is not chosen by the size of the tile"
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_layout_per_name")]
