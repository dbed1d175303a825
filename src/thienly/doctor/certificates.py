"""Certificates of the bus: whole, private, and none that ends unnoticed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from thienly import membership
from thienly.bus.authority import RENEW_DAYS, ends
from thienly.conf import Conf
from thienly.doctor.finding import Finding, fault, ok, warning


def check(conf: Conf) -> Iterator[Finding]:
    """Nothing where the bus is of this machine alone."""
    if not conf.file.bus_listen and not conf.nats_url.startswith("tls://"):
        return
    now = datetime.now(UTC)
    yield from _authority(conf, now) if membership.authority(conf).exists else _own(conf, now)


def _authority(conf: Conf, now: datetime) -> Iterator[Finding]:
    try:
        soon = membership.ending(conf, now=now)
        many = len(membership.authority(conf).standing(now))
    except (OSError, ValueError, TypeError) as error:
        yield fault(
            "bus.certificates",
            f"không đọc được danh sách chứng thư: {error}",
            f"the list of certificates cannot be read: {error}",
            f"Chép lại {conf.bus_keys}/members.json từ bản sao.",
            f"Put the copy of {conf.bus_keys}/members.json back.",
        )
        return
    ended = [member.name for member in soon if not member.valid(now)]
    names = ", ".join(f"{member.name} ({max(0, int(member.days_left(now)))})" for member in soon)
    todo = (
        "Đầu ghi tự gia hạn khi nối được bus; nếu không: `thienly bus issue`, hoặc `thienly bus revoke` khi "
        "không dùng nữa.",
        "Recorders renew by themselves while they reach the bus; else `thienly bus issue`, or "
        "`thienly bus revoke` for what is no longer used.",
    )
    if ended:
        yield fault(
            "bus.certificates",
            f"chứng thư đã hết hạn: {', '.join(ended)}",
            f"certificates have ended: {', '.join(ended)}",
            *todo,
        )
    elif soon:
        yield warning(
            "bus.certificates",
            f"chứng thư sắp hết hạn (còn số ngày): {names}",
            f"certificates end soon (days left): {names}",
            *todo,
        )
    else:
        yield ok("bus.certificates", f"{many} chứng thư còn hiệu lực", f"{many} certificates are valid")


def _own(conf: Conf, now: datetime) -> Iterator[Finding]:
    """On another machine: those of its recorders, or of its gateway."""
    names = [recorder.name for recorder in conf.file.recorders]
    paths = [conf.bus_certificate(name) for name in names]
    paths = [path for path in paths if path.exists()] or [
        conf.bus_certificate(name) for name in names[:1] or ("",)
    ]
    for path in paths:
        try:
            days = (ends(path) - now).days
        except (OSError, ValueError) as error:
            yield fault(
                "bus.certificate",
                f"không có chứng thư để vào bus: {error}",
                f"there is no certificate to enter the bus: {error}",
                "Ở trung tâm: `thienly bus issue`; rồi `thienly bus accept` trên máy này.",
                "At the centre: `thienly bus issue`; then `thienly bus accept` on this machine.",
            )
            continue
        if days < RENEW_DAYS:
            tell = fault if days < 0 else warning
            yield tell(
                "bus.certificate",
                f"{path.name} còn {max(0, days)} ngày",
                f"{path.name} ends in {max(0, days)} days",
                "Kiểm tra kết nối bus: đầu ghi tự gia hạn; nếu không, `thienly bus issue` ở trung tâm.",
                "See whether the bus is reached: recorders renew by themselves; else `thienly bus issue`.",
            )
        else:
            yield ok("bus.certificate", f"{path.name} còn {days} ngày", f"{path.name} has {days} days left")
