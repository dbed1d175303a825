"""Availability of the platform: the report of a month as its bytes, and that nobody changes an outage."""

from datetime import date
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from thienly.api.session import actor_of
from thienly.core.availability.report import month_report
from thienly.core.availability.services import refuse_change, require_reader

router = Router(tags=["availability"])


class MonthFilter(Schema):
    """`seq`: as history was when it had so many entries; so one question has one answer for ever."""

    month: str = Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")
    seq: int | None = Field(None, ge=0, le=2**62)


@router.get("", response={200: None})
def availability(request: HttpRequest, ask: Query[MonthFilter]) -> HttpResponse:
    """Computed from the entries of history each time. `X-Report-SHA256` is the hash of these bytes, as
    history keeps it of a month that is over."""
    require_reader(actor=actor_of(request))
    report = month_report(date.fromisoformat(f"{ask.month}-01"), now=timezone.now(), seq=ask.seq)
    body = report.as_bytes()
    answer = HttpResponse(body, content_type="application/json")
    answer["X-Report-SHA256"] = sha256(body).hexdigest()
    return answer


@router.api_operation(["PUT", "PATCH", "DELETE"], "/outages/{outage}", response={403: None})
def outage(request: HttpRequest, outage: str) -> None:
    """Always refused with 403, and recorded: a measured outage stands."""
    refuse_change(actor=actor_of(request), outage=outage)
