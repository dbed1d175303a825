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
