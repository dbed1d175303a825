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
    since = models.DateField(
        null=True,
        blank=True,
        help_text="first day of its present name, place and functions; null: its first day",
    )
    document = models.CharField(
        max_length=200,
        blank=True,
        help_text="number and date of the founding decision, or of the last change",
    )

    class Meta:
        ordering = ["folded"]

    def __str__(self) -> str:
        return self.name


class Reorganisation(models.Model):
    """A numbered decision about units, as a case: composed, decided by somebody else, applied on its day."""

    case = models.OneToOneField(
        "cases.Case", primary_key=True, on_delete=models.PROTECT, related_name="reorganisation"
    )
    number = models.CharField(max_length=100, blank=True, help_text="of the decision, e.g. 202/2025/QH15")
    signed = models.DateField(null=True, blank=True, help_text="date of the decision")
    issuer = models.CharField(max_length=200, blank=True)
    effective = models.DateField(null=True, blank=True, help_text="first day on which it holds")
    acts = models.JSONField(default=list, help_text="rules.reorganisation.Plan")
    decided_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    stalled = models.CharField(max_length=500, blank=True, help_text="why it could not be applied on its day")

    class Meta:
        ordering = ["-effective"]

    @property
    def document(self) -> str:
        """As it is cited: `202/2025/QH15, 12/06/2025`."""
        signed = f"{self.signed:%d/%m/%Y}" if self.signed else ""
        return ", ".join(part for part in (self.number, signed) if part)

    def __str__(self) -> str:
        return self.document


class PastUnit(models.Model):
    """What a unit was called, where it stood and what it was for, until `valid_to`."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="past")
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(max_length=40)
    functions = models.JSONField(default=list)
    parent = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(help_text="first day on which it was no longer so")
    document = models.CharField(max_length=200, blank=True, help_text="by which it had become so")
    ended_by = models.ForeignKey(Reorganisation, on_delete=models.PROTECT, related_name="changed")

    class Meta:
        ordering = ["unit", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "valid_from"], name="one_state_of_a_unit_a_day"),
            models.CheckConstraint(
                condition=models.Q(valid_to__gt=models.F("valid_from")), name="past_unit_lasts"
            ),
        ]


class PastOwner(models.Model):
    """To which unit a site belonged until `valid_to`."""

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey("registry.Site", on_delete=models.PROTECT, related_name="past_owners")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="past_sites")
    valid_to = models.DateField(help_text="first day on which it belonged to the next")
    ended_by = models.ForeignKey(Reorganisation, on_delete=models.PROTECT, related_name="sites_moved")

    class Meta:
        ordering = ["site", "valid_to"]
        constraints = [models.UniqueConstraint(fields=["site", "valid_to"], name="one_owner_of_a_site_a_day")]


class Succession(models.Model):
    """What passed from one unit to another: many to many, by one decision."""

    id = models.BigAutoField(primary_key=True)
    before = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="successions")
    after = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="predecessions")
    on = models.DateField()
    whole = models.BooleanField(help_text="the first ends with it")
    functions = models.JSONField(default=list, help_text="that passed")
    by = models.ForeignKey(Reorganisation, on_delete=models.PROTECT, related_name="successions")

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["before", "after", "by"], name="one_succession_by_a_decision")
        ]
