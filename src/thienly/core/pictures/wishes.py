"""How recorders are to judge each camera's pictures: the regulations in force, thienly.toml, and what persons
called normal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from thienly.bus.messages import PictureWish
from thienly.conf import Conf
from thienly.core.pictures.models import PictureAcceptance
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import profiles
from thienly.rules.picture import PictureProblem
from thienly.rules.picture_class import PictureOverride, PictureRule, rule_for


class Rules:
    """What holds for each class of cameras on a day; each class is worked out once."""

    def __init__(self, conf: Conf, *, today: date) -> None:
        self._off = not conf.file.pictures.every_s
        self._overrides = [
            PictureOverride(
                one.scope,
                one.check,
                one.hours,
                one.document,
                None if one.checks is None else frozenset(one.checks),
                one.limits,
            )
            for one in conf.file.pictures.classes
        ]
        self._single = {one.scope for one in self._overrides if one.scope.startswith("camera:")}
        self._profiles = [profile for profile in profiles().values() if profile.in_force(today)]
        self._known: dict[tuple[str, str, str], PictureRule] = {}

    def of(self, camera: Camera) -> PictureRule:
        """The camera's site is at hand."""
        code = camera.code if f"camera:{camera.code}" in self._single else ""
        key = (code, camera.sector, camera.site.kind)
        if key not in self._known:
            rule = rule_for(
                code=code,
                sector=camera.sector,
                site=camera.site.kind,
                profiles=self._profiles,
                overrides=self._overrides,
            )
            self._known[key] = replace(rule, limits=None) if self._off else rule
        return self._known[key]


def picture_wishes(conf: Conf, *, today: date) -> Callable[[Camera], PictureWish | None]:
    """Gives what is wished of a camera; None where its pictures are not checked."""
    rules = Rules(conf, today=today)
    accepted = {row.camera_id: row for row in PictureAcceptance.objects.order_by("at")}  # the last of each

    def wish(camera: Camera) -> PictureWish | None:
        rule, last = rules.of(camera), accepted.get(camera.pk)
        if rule.limits is None:
            return None
        limits = rule.limits
        if last is not None and last.problem == PictureProblem.FROZEN:
            # A picture in which nothing moves is normal there.
            limits = limits.model_copy(update={"checks": limits.checks - {PictureProblem.FROZEN}})
        return PictureWish(
            limits=limits,
            hours=rule.hours,
            time_zone=conf.file.time_zone,
            accepted_us=microseconds(last.at) if last else 0,
        )

    return wish
