import uuid

from django.conf import settings
from django.db import models


class PictureState(models.Model):
    """What was last measured in a camera's recorded pictures. No row: never measured."""

    camera = models.OneToOneField(
        "registry.Camera", primary_key=True, on_delete=models.CASCADE, related_name="picture_state"
    )
    recorder = models.CharField(max_length=41)
    checked_at = models.DateTimeField(help_text="moment of the picture")
    known = models.BooleanField(default=False, help_text="what the camera usually shows is known")
    failing = models.CharField(
        max_length=80, blank=True, help_text="no later picture could be measured, and why"
    )
    measures = models.JSONField(default=dict, help_text="rules.picture.Measures")


class PictureFinding(models.Model):
    """A time in which a camera showed too little, as a recorder found it. Its pictures are footage."""

    finding = models.CharField(max_length=64, primary_key=True, help_text="the recorder's name for it")
    camera = models.ForeignKey("registry.Camera", on_delete=models.CASCADE, related_name="picture_findings")
    recorder = models.CharField(max_length=41)
    problem = models.CharField(max_length=10, help_text="rules.picture.PictureProblem")
    start = models.DateTimeField()
    end = models.DateTimeField(null=True, help_text="null while it lasts")
    judged_at = models.DateTimeField(help_text="moment of the picture by which it was judged")
    good_at = models.DateTimeField(null=True, help_text="moment of the last good picture before")
    measures = models.JSONField(default=dict, help_text="rules.picture.Measures of the judged picture")
    ended = models.CharField(
        max_length=10, blank=True, help_text="good, accepted, off, let_go, handover; empty while it lasts"
    )

    class Meta:
        indexes = [
            models.Index(fields=["camera", "start"], name="picture_findings_by_time"),
            models.Index(fields=["camera"], name="open_picture_findings", condition=models.Q(end=None)),
        ]

    def __str__(self) -> str:
        return f"{self.problem} {self.start:%Y-%m-%d %H:%M}"


class PictureAcceptance(models.Model):
    """A person said that what a camera showed is normal there; the last one counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey(
        "registry.Camera", on_delete=models.PROTECT, related_name="picture_acceptances"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    problem = models.CharField(max_length=10, blank=True, help_text="that was open then; empty: none")

    class Meta:
        indexes = [models.Index(fields=["camera", "-at"], name="picture_acceptances_newest")]

    def __str__(self) -> str:
        return self.reason
