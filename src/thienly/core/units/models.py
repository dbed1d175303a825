import uuid

from django.db import models


class Unit(models.Model):
    """A body of the State, an enterprise or a site's own organisation, valid between two dates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200, db_index=True, help_text="name without diacritics, for search")
    kind = models.CharField(max_length=40, help_text="government, department, police, enterprise, …")
    functions = models.JSONField(
        default=list,
        help_text="unit type ids of profiles, e.g. central_manager: functions hold rights, not names",
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(
        max_length=1000,
        db_index=True,
        help_text="ids from the root to this unit, each as 32 hex digits and '/'",
    )
    valid_from = models.DateField()
    valid_to = models.DateField(
        null=True, blank=True, help_text="first day on which the unit no longer exists"
    )
    document = models.CharField(
        max_length=200, blank=True, help_text="number and date of the founding decision"
    )

    class Meta:
        ordering = ["folded"]

    def __str__(self) -> str:
        return self.name
