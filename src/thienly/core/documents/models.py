import uuid

from django.conf import settings
from django.db import models

from thienly.core.access.document import Document
from thienly.core.text import fold
from thienly.rules.document_scope import DocumentScope


class StoredDocument(models.Model):
    """A document (văn bản): number, date, issuer, signatory, its scope, and the file where there is one.

    The file lies under the row's id in the data directory; no name from outside ever becomes a path.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=100, help_text="number and symbol, e.g. 12/CV-CAT")
    folded = models.CharField(max_length=300, db_index=True, help_text="number and issuer, for search")
    issued = models.DateField()
    issuer = models.CharField(max_length=200)
    signatory = models.CharField(max_length=200, help_text="who signed it, with his post")
    name = models.CharField(max_length=200, blank=True, help_text="of the file, as it was given; only shown")
    media = models.CharField(max_length=60, blank=True, help_text="application/pdf, …; empty: no file")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="bytes")
    certified = models.BooleanField(
        default=False, help_text="whoever uploaded it certifies that it is a true copy of the paper"
    )
    cameras = models.ManyToManyField("registry.Camera", blank=True, help_text="only for these; empty: all")
    start = models.DateTimeField(null=True, blank=True, help_text="only footage from then on")
    end = models.DateTimeField(null=True, blank=True, help_text="only footage until then")
    purpose = models.CharField(max_length=60, blank=True, help_text="purpose id of the profile")
    recipient = models.CharField(max_length=200, blank=True)
    until = models.DateField(null=True, blank=True, help_text="last day of use")
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stored_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-stored_at"]

    def __str__(self) -> str:
        return self.words.line

    @property
    def words(self) -> Document:
        return Document(self.number, self.issued, self.issuer, self.signatory)

    def scope(self) -> DocumentScope:
        return DocumentScope(
            cameras=frozenset(camera.hex for camera in self.cameras.values_list("pk", flat=True)),
            start=self.start,
            end=self.end,
            purpose=self.purpose,
            recipient=fold(self.recipient),
            until=self.until,
            revoked=self.revoked_at is not None,
        )
