from django.db import models


class ServiceState(models.Model):
    """What the steward last knew of a service of the platform. Only a memory for measuring: what counts are
    the entries of history, which nobody changes."""

    name = models.CharField(
        max_length=60, primary_key=True, help_text="bus, database, gateway, steward, recorder:<name>"
    )
    seen_at = models.DateTimeField(help_text="when it last worked")
    process = models.CharField(max_length=60, blank=True, help_text="tells one process of it from the next")
    stopping = models.BooleanField(default=False, help_text="somebody asked it to end")
    outage = models.CharField(max_length=64, blank=True, help_text="the one that lasts; empty: none")

    def __str__(self) -> str:
        return self.name
