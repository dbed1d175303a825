import uuid

from django.conf import settings
from django.db import models

from thienly.rules.review import Decision


class Campaign(models.Model):
    """One review of all rights, unit by unit."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="what nobody has answered for by then is suspended")
    cite = models.CharField(max_length=300, help_text="articles that want it")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="null: clock",
    )

    class Meta:
        ordering = ["-opened_at"]


class UnitReview(models.Model):
    """What one unit answers for in a campaign; its state is that of its case."""

    case = models.OneToOneField(
        "cases.Case", primary_key=True, on_delete=models.PROTECT, related_name="review"
    )
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="reviews")
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="reviews")
    reminded_at = models.DateTimeField(null=True)


class Item(models.Model):
    """One right of one person, as it stood when the review opened, and what was decided on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(UnitReview, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=20, help_text="core.reviews.rights: seat, …")
    right = models.UUIDField(help_text="id of the seat or other right")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=300, help_text="the right in words")
    document = models.CharField(max_length=300, blank=True)
    decision = models.CharField(
        max_length=10, blank=True, choices=[(one.value, one.value) for one in Decision]
    )
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="null: clock",
    )
    decided_at = models.DateTimeField(null=True)
    lasted_until = models.DateTimeField(
        null=True, help_text="the end that the right had before it was suspended; null: none"
    )

    class Meta:
        ordering = ["holder__folded", "label", "id"]
        constraints = [
            models.UniqueConstraint(fields=["review", "kind", "right"], name="each_right_once_in_a_review")
        ]


class SeeingCount(models.Model):
    """Who could see what when a quarter began: of each unit its persons and the cameras before them."""

    quarter = models.CharField(max_length=7, help_text="2026-Q4")
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="+")
    persons = models.PositiveIntegerField(help_text="of the unit, who can see a camera at all")
    cameras = models.PositiveIntegerField(help_text="that at least one of them can see")
    pairs = models.PositiveBigIntegerField(help_text="persons × cameras, counted one by one")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-quarter"]
        constraints = [models.UniqueConstraint(fields=["quarter", "unit"], name="each_unit_once_a_quarter")]
