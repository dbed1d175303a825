"""Cameras whose pictures show too little now."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from thienly.api.session import actor_of
from thienly.core.pictures.services import open_findings
from thienly.core.pictures.words import picture_advice, picture_words
from thienly.rules.picture import PictureProblem

router = Router(tags=["status"])
MOST = 1000


class FindingOut(Schema):
    camera: str
    code: str
    name: str
    problem: PictureProblem
    words: str = Field(description="the problem in the person's language")
    advice: str
    since: datetime = Field(description="the first bad picture")
    judged_at: datetime = Field(description="moment of the picture by which it was judged")
    good_at: datetime | None = Field(description="moment of the last good picture before")


@router.get("", response=list[FindingOut])
def findings(request: HttpRequest) -> list[FindingOut]:
    """Of the cameras that the person may know, the longest first; at most 1,000."""
    found = open_findings(actor=actor_of(request), now=timezone.now())[:MOST]
    return [
        FindingOut(
            camera=row.camera.id.hex,
            code=row.camera.code,
            name=row.camera.name,
            problem=PictureProblem(row.problem),
            words=picture_words(row.problem),
            advice=picture_advice(row.problem),
            since=row.start,
            judged_at=row.judged_at,
            good_at=row.good_at,
        )
        for row in found
    ]
