"""Availability of the platform in a month: services, outages and response times, computed from history."""

from datetime import timedelta
from hashlib import sha256

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.availability.measuring import RECORDER
from thienly.core.availability.report import Report, month_report, sealed
from thienly.core.availability.services import acknowledge, require_reader, retire
from thienly.core.recording.moments import instant
from thienly.rules.actions import Action
from thienly.rules.availability import Outage, Sums
from thienly.web.confirm import require_confirmed
from thienly.web.csv_cells import as_csv
from thienly.web.door import actor_of
from thienly.web.pages.continuity import month_of
from thienly.web.words.availability import cause_words, service_words


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """GET `month` (2026-11); `csv` for the outages as a sheet."""
    actor, now = actor_of(request), timezone.now()
    require_reader(actor=actor)
    first, last = month_of(request.GET.get("month", ""), now=timezone.localdate(now))
    report = month_report(first, now=now)
    rows = [_row(outage, report) for outage in report.outages]
    if "csv" in request.GET:
        require_confirmed(request)
        return _sheet(rows, f"{first:%Y-%m}")
    seal = sealed(first)
    context = {
        "first": first,
        "month": f"{first:%Y-%m}",
        "before": f"{first - timedelta(days=1):%Y-%m}",
        "after": f"{last + timedelta(days=1):%Y-%m}" if last < timezone.localdate(now) else "",
        "running": last >= timezone.localdate(now),
        "platform": _percent(report.platform),
        "services": [
            (service_words(one.name), _percent(report.sums_of(one)), report.sums_of(one))
            for one in report.services
            if report.sums_of(one).watched
        ],
        "outages": rows,
        "seal": seal,
        "same": seal is not None
        and sha256(month_report(first, now=now, seq=seal.seq).as_bytes()).hexdigest() == seal.sha256,
        "history_until": report.seq,
        "may_act": gate.decide(actor=actor, action=Action.ADMIN_SYSTEM, obj=None, now=now).allow,
    }
    return render(request, "availability.html", context)


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """POST `act` (acknowledge, retire), `outage` or `service`, `note`; then back to the month."""
    actor, now, post = actor_of(request), timezone.now(), request.POST
    try:
        if post.get("act") == "retire":
            retire(actor=actor, name=post.get("service", ""), note=post.get("note", ""), now=now)
        else:
            acknowledge(actor=actor, outage=post.get("outage", ""), note=post.get("note", ""), now=now)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is written down beside what was measured."))
    answer = redirect("availability")
    first, _last = month_of(post.get("month", ""), now=timezone.localdate(now))
    answer["Location"] += f"?month={first:%Y-%m}"
    return answer


def _row(outage: Outage, report: Report) -> dict[str, object]:
    """Moments as a person reads them, and after how long each step came, in seconds."""

    def after(us: int | None) -> float | None:
        return None if us is None else (us - outage.start_us) / 1e6

    return {
        "outage": outage,
        "service": service_words(outage.service),
        "cause": cause_words(outage.cause),
        "start": instant(outage.start_us),
        "end": None if outage.end_us is None else instant(outage.end_us),
        "seconds": outage.seconds(report.within),
        "noticed_after": after(outage.noticed_us),
        "acknowledged": None if outage.acknowledged_us is None else instant(outage.acknowledged_us),
        "acknowledged_after": after(outage.acknowledged_us),
        "repaired_after": after(outage.end_us),
        "notes": [(instant(us), person, note) for us, person, note in outage.notes],
        "recorder": outage.service.startswith(RECORDER),
    }


def _percent(of: Sums) -> float | None:
    """Never rounded up to a hundred."""
    return None if of.ratio is None else int(of.ratio * 100_000) / 1000


def _sheet(rows: list[dict[str, object]], month: str) -> HttpResponse:
    head = [
        _("Service"),
        _("From"),
        _("Until"),
        _("Cause"),
        _("Noticed after, s"),
        _("Acknowledged after, s"),
        _("Acknowledged by"),
        _("Repaired after, s"),
    ]
    lines: list[list[object]] = [[*head]]
    for row in rows:
        outage = row["outage"]
        assert isinstance(outage, Outage)  # noqa: S101 - for the type checker
        moments = [_local(outage.start_us), _local(outage.end_us)]
        times = [row["noticed_after"], row["acknowledged_after"]]
        whole = [
            row["service"],
            *moments,
            row["cause"],
            *times,
            outage.acknowledged_by,
            row["repaired_after"],
        ]
        lines.append(["" if cell is None else cell for cell in whole])
    answer = HttpResponse(as_csv(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="do-san-sang-{month}.csv"'
    return answer


def _local(us: int | None) -> str | None:
    return None if us is None else timezone.localtime(instant(us)).isoformat(timespec="seconds")
