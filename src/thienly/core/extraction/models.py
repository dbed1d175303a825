import uuid

from django.conf import settings
from django.db import models

from thienly.rules.extraction import GATES, Sort, Urgency
from thienly.rules.profile_sections import FORMS


class RequestDraft(models.Model):
    """A request that was not sent yet; nobody but its author sees it, and it is no case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    fields = models.JSONField(help_text="the form as it was filled in")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-updated_at"]


class Extraction(models.Model):
    """A request for footage (đơn đề nghị), and what came of it; its state is that of its case."""

    case = models.OneToOneField(
        "cases.Case", primary_key=True, on_delete=models.PROTECT, related_name="extraction"
    )
    sort = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Sort])
    urgency = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Urgency])
    profile = models.CharField(max_length=20, help_text="regulation whose list the purpose is from")
    purpose = models.CharField(max_length=60, help_text="purpose id of that regulation")
    why = models.CharField(max_length=1000, help_text="what it is needed for, in words")
    basis = models.CharField(max_length=300, help_text="legal basis")
    start = models.DateTimeField(help_text="of the footage")
    end = models.DateTimeField(help_text="of the footage")
    sound = models.BooleanField(default=False)
    unit = models.ForeignKey(
        "units.Unit",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="that asks; null: somebody outside",
    )
    post = models.CharField(max_length=200, blank=True, help_text="of whoever entered it, then")
    applicant = models.CharField(max_length=200, blank=True, help_text="the body or person outside")
    contact = models.CharField(max_length=200, blank=True, help_text="how the applicant is reached")
    recipient = models.CharField(max_length=200, blank=True, help_text="empty: the unit that asks")
    application = models.ForeignKey(
        "documents.StoredDocument", null=True, on_delete=models.PROTECT, related_name="requests"
    )
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="until when it must be answered, if a text says so")
    due_cite = models.CharField(max_length=300, blank=True)
    due_provisional = models.BooleanField(default=False, help_text="days off of that time are not known yet")
    reminded_at = models.DateTimeField(null=True, help_text="when history was told that it is due soon")
    overdue_told_at = models.DateTimeField(null=True)
    standing = models.JSONField(
        default=list, help_text="articles by which the asker extracts of his own right"
    )
    told = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the second person who is told of an extraction of one's own right",
    )
    told_seen_at = models.DateTimeField(null=True)
    justify_by = models.DateTimeField(null=True, help_text="of an emergency")
    justified_at = models.DateTimeField(null=True)
    justification = models.CharField(max_length=1000, blank=True)
    performer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    performer_post = models.CharField(max_length=200, blank=True)
    ordered_at = models.DateTimeField(null=True)
    held_up = models.JSONField(default=list, help_text="why it could not be ordered when all was approved")

    class Meta:
        ordering = ["-sent_at"]
        indexes = [models.Index(fields=["start", "end"], name="extraction_by_footage")]

    def __str__(self) -> str:
        return str(self.case)

    @property
    def for_others(self) -> bool:
        """The copy goes to somebody beyond the unit that asks."""
        return self.unit_id is None or bool(self.recipient)


class AskedCamera(models.Model):
    """A camera of a request, and the unit that managed it when the request was sent."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Extraction, on_delete=models.PROTECT, related_name="cameras")
    camera = models.ForeignKey("registry.Camera", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["camera__code"]
        constraints = [models.UniqueConstraint(fields=["request", "camera"], name="each_camera_once_asked")]


class Verdict(models.Model):
    """What one approver said to one need of a request (`rules.extraction_needs.Need`). Never changed."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Extraction, on_delete=models.PROTECT, related_name="verdicts")
    need = models.CharField(max_length=200, help_text="Need.key")
    gate = models.CharField(max_length=8, choices=[(one, one) for one in GATES])
    cite = models.CharField(max_length=300)
    agreed = models.BooleanField()
    form = models.CharField(max_length=20, choices=[(one, one) for one in FORMS])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(
        "access.Seat",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="by which he decided; null: he entered the document of the body that did",
    )
    post = models.CharField(max_length=200)
    document = models.ForeignKey(
        "documents.StoredDocument", null=True, on_delete=models.PROTECT, related_name="verdicts"
    )
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()
    void_at = models.DateTimeField(null=True, help_text="the request was sent anew after it")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "need"], condition=models.Q(void_at=None), name="one_verdict_for_a_need"
            )
        ]
