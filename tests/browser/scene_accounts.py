"""People as an administrator meets them, for `scene`: newcomers, alerts, keys, suspended ones."""

from datetime import date, datetime, timedelta
from importlib import import_module

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.accounts import services
from thienly.core.accounts.keys import issue_key, revoke_key
from thienly.core.accounts.models import Account, Acknowledgement, OpenSession, SharingAlert
from thienly.core.units.models import Unit


def people(now: datetime) -> list[tuple[str, str, str]]:
    """The pages to look at."""
    admin = Account.objects.get(username="quantri")
    unit = admin.seats.get().unit
    actor = Actor.person(admin)

    def new(username: str, full_name: str) -> Account:
        made = province.person(username, full_name)
        Account.objects.filter(pk=made.pk).update(password=admin.password)
        province.seat(made, unit, "central_operator")
        return made

    newcomer = new("nguoimoi", "Đỗ Văn Mới")
    Acknowledgement.objects.filter(account=newcomer).delete()
    Account.objects.filter(pk=newcomer.pk).update(person_hash=None, person_last="")
    careful = new("haibuoc", "Vũ Thị Cẩn Thận")
    TOTP.activate(careful, generate_totp_secret())
    RecoveryCodes.activate(careful)
    left = new("thoiviec", "Bùi Quang Nghỉ")
    services.suspend(actor=actor, account=left, reason="Đã chuyển công tác, quyết định 15/QĐ ngày 03/11/2026")
    keeper = Account.objects.get(username="cangca")
    for one in (keeper, Account.objects.get(username="trucban")):
        _elsewhere(one, now)
    port = Unit.objects.get(name__startswith="Ban Quản lý cảng cá")
    fields = {"actor": actor, "unit": port, "profile": "QN", "role": "cam_admin"}
    paper = Document("45/QĐ-UBND", date(2026, 11, 2), "UBND tỉnh", "Lê Văn Chủ, Chủ tịch")
    for number, name in enumerate(("Máy chủ báo cáo Sở Nông nghiệp", "Phần mềm giám sát tàu cá")):
        issued = issue_key(
            **fields,  # type: ignore[arg-type]  # the same for both
            name=name,
            actions=["stats", "view.live"],
            document=paper,
            expires_at=now + timedelta(days=90),
        )
        if number:
            revoke_key(actor=actor, key=issued.key, reason="Hết hợp đồng")
    return [
        ("people-no-role", "quantri", "/people/?state=no_role"),
        ("people-nobody", "quantri", "/people/?q=khong-co"),
        ("people-second-page", "quantri", "/people/?page=2"),
        ("person-suspended", "quantri", f"/people/{left.id.hex}/"),
        ("person-two-steps", "quantri", f"/people/{careful.id.hex}/"),
        ("key-new", "quantri", "/keys/new/"),
        ("authenticate", "haibuoc", "/me/second-step/authenticate/"),
        ("acknowledge-first", "nguoimoi", "/me/responsibility/"),
        ("totp", "trucban", "/me/second-step/totp/activate/"),
        ("password", "trucban", "/me/password/"),
        ("page-shut", "trucban", "/me/"),
        ("signout", "trucban", "/signout/"),
        ("locked", "trucban", "/locked/"),
    ]


def _elsewhere(account: Account, now: datetime) -> None:
    """A session at another address, and the alert about it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    OpenSession.objects.create(
        key=store.session_key,
        account=account,
        address="10.20.7.14",
        device="Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        began_at=now - timedelta(hours=2),
        seen_at=now - timedelta(minutes=3),
        active_at=now - timedelta(minutes=3),
    )
    SharingAlert.objects.create(
        account=account, at=now - timedelta(minutes=3), here="10.20.7.14", there="10.1.2.3"
    )
