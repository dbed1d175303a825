from django.db import models

from thienly.core.ledger.facts import FactsField

SOUGHT = ("actor_id", "camera_id", "kind", "object_id", "purpose", "network_zone", "unit_label")


class Entry(models.Model):
    """One line of history. Never updated, never deleted: triggers forbid it on both databases."""

    seq = models.PositiveBigIntegerField(primary_key=True, help_text="1, 2, 3 … without holes")
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=60, help_text="core.ledger.kinds.Kind")
    actor_kind = models.CharField(max_length=10, help_text="account, machine, anonymous")
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200, help_text="the name at that time")
    unit_label = models.CharField(
        max_length=400, blank=True, help_text="units of the actor's seats at that time"
    )
    network_zone = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=60, blank=True)
    camera_id = models.CharField(max_length=32, blank=True, help_text="hex id when about a camera")
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_label = models.CharField(max_length=300, blank=True)
    purpose = models.CharField(max_length=60, blank=True)
    detail = FactsField(default=dict, help_text="facts of the act; before/after of a change; no secrets")
    previous = models.CharField(
        max_length=64, help_text="hex hash of the entry before; 64 zeros for the first"
    )
    hash = models.CharField(max_length=64, help_text="hex SHA-256 over the canonical entry and previous")

    class Meta:
        ordering = ["-seq"]
        # Each costs every writer, while others wait for him: none that a search does not need.
        indexes = [models.Index(fields=[column, "seq"], name=f"ledger_{column}") for column in SOUGHT]


class Quotation(models.Model):
    """A document's number that an entry names: found again by its beginning. No part of the chain; it can be
    made again from the entries."""

    seq = models.PositiveBigIntegerField()
    folded = models.CharField(max_length=200, db_index=True, help_text="without diacritics, lower case")


class Name(models.Model):
    """What somebody who acted was then called: found again by a part of it. No part of the chain."""

    actor_id = models.CharField(max_length=64)
    folded = models.CharField(max_length=200, help_text="without diacritics, lower case")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor_id", "folded"], name="one_name_of_an_actor")]


class Stretch(models.Model):
    """The span of time in which a thousand entries lie: the order of numbers is nearly that of moments, but
    an act may be written late. No part of the chain."""

    last = models.PositiveBigIntegerField(primary_key=True, help_text="seq of the last of them")
    earliest = models.DateTimeField()
    latest = models.DateTimeField()


class Head(models.Model):
    """One row: the end of the chain. Writers take turns at it (`linking`)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)


class Checkpoint(models.Model):
    """A signature over the head at a moment; a copy elsewhere proves that nothing before it was rewritten."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)
    key_id = models.CharField(max_length=64, help_text="hex SHA-256 of the public key")
    signature = models.CharField(max_length=128, help_text="hex Ed25519 signature")
