"""How long footage is kept: the regulations in force, and what thienly.toml adds."""

from collections.abc import Sequence
from datetime import date

from thienly.conf import Conf
from thienly.core.registry.models import Camera
from thienly.core.registry.vocabulary import Sector, SiteKind
from thienly.core.regulation.in_force import at_start
from thienly.core.regulation.shelf import profiles
from thienly.rules.profile import Profile
from thienly.rules.retention_class import AboveCeiling, BelowFloor, Kept, Override, check, kept


def overrides_of(conf: Conf) -> tuple[Override, ...]:
    return tuple(
        Override(entry.scope, entry.floor_days, entry.document, entry.target_days, entry.ceiling_days)
        for entry in conf.file.retention
    )


def kept_of(camera: Camera, *, overrides: Sequence[Override], keep_days: int, today: date) -> Kept:
    """`keep_days`: where nobody says otherwise."""
    return kept(
        sector=camera.sector,
        site=camera.site.kind,
        profiles=_in_force(today),
        overrides=overrides,
        default=keep_days,
    )


def refusal(conf: Conf, *, today: date) -> str:
    """Why thienly.toml cannot be followed, in both languages; "" when it can. Asked before all else."""
    try:
        check(
            classes=[(sector, site) for sector in Sector.values for site in SiteKind.values],
            profiles=[profile for profile in at_start().values() if profile.in_force(today)],
            overrides=overrides_of(conf),
        )
    except BelowFloor as error:
        return (
            f"thienly.toml, [[retention]] {error.scope}: {error.name} = {error.days} ngắn hơn thời gian "
            f"lưu trữ tối thiểu {error.floor} ngày theo {error.cite}.\n"
            f"thienly.toml, [[retention]] {error}."
        )
    except AboveCeiling as error:
        return (
            f"thienly.toml, [[retention]] {error.scope}: {error.name} = {error.days} dài hơn thời gian "
            f"lưu trữ tối đa {error.ceiling} ngày theo {error.cite}.\n"
            f"thienly.toml, [[retention]] {error}."
        )
    except ValueError as error:
        return f"thienly.toml, [[retention]] {error}"
    return ""


def _in_force(today: date) -> list[Profile]:
    return [profile for profile in profiles().values() if profile.in_force(today)]
