import uuid

from django.conf import settings
from django.db import models


class Settlement(models.Model):
    """A document settles what a regulation leaves open. Rows are added, never changed; the last counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    profile = models.CharField(max_length=20, help_text="profile id, e.g. QN")
    parameter = models.CharField(max_length=60, help_text="parameter id in the profile")
    value = models.CharField(max_length=300)
    number = models.CharField(max_length=100, help_text="of the document, e.g. 12/2026/QĐ-UBND")
    issued = models.DateField()
    issuer = models.CharField(max_length=200)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="settlements"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.profile} {self.parameter}"

    @property
    def document(self) -> str:
        """`12/2026/QĐ-UBND, 02/03/2026, UBND tỉnh`."""
        return f"{self.number}, {self.issued:%d/%m/%Y}, {self.issuer}"


class Version(models.Model):
    """A regulation as this installation obeys it, or as somebody proposes that it obey it.

    Its words are never changed. It counts from `begins` when it was put in force (`decided_at`) and not taken
    back before (`withdrawn_at`); which of several counts on a day: `rules.activation.latest`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    profile = models.CharField(max_length=20, help_text="profile id, e.g. QN")
    number = models.PositiveIntegerField(help_text="version, as the profile itself says")
    text = models.TextField(help_text="the YAML")
    words = models.TextField(blank=True, help_text="the regulation, article by article")
    sha256 = models.CharField(max_length=64, help_text="of the YAML")
    begins = models.DateField(null=True, help_text="null: from whenever the text itself is in force")
    settled_from = models.DateField(
        null=True, help_text="from when the text is in force, where the copy held does not say it"
    )
    document = models.CharField(max_length=400, blank=True, help_text="number, date, issuer of what decides")
    case = models.OneToOneField(
        "cases.Case",
        null=True,
        on_delete=models.PROTECT,
        related_name="regulation",
        help_text="null: it held when the installation began",
    )
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["profile", "number", "made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "number"],
                condition=models.Q(decided_at__isnull=False, withdrawn_at__isnull=True),
                name="one_text_per_version_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.profile}@{self.number}"
