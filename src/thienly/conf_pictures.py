"""The part of `thienly.toml` that says how pictures are checked (NB Đ10.8)."""

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

from thienly.rules.hours import Hours
from thienly.rules.picture import Limits, PictureProblem

_SCOPE = re.compile(r"^(all|(sector|site):[a-z][a-z0-9_-]{0,59}|camera:.{1,40})$")


class PictureClassConf(BaseModel):
    """What holds for a class of cameras; the narrower class wins. What is left out is as in the wider one."""

    model_config = ConfigDict(extra="forbid")

    scope: str = "all"  # all, sector:<sector>, site:<kind of place>, camera:<code>
    check: bool | None = None  # false: these cameras' pictures are not checked
    hours: str = ""  # in which light and life are expected: Mon-Fri 07:30-17:00, or always
    document: str = ""  # which prescribes the hours
    checks: list[PictureProblem] | None = None  # what is looked for
    limits: dict[str, float] = Field(default_factory=dict)  # of rules.picture.Limits

    @field_validator("scope")
    @classmethod
    def _a_class(cls, scope: str) -> str:
        if not _SCOPE.match(scope):
            raise ValueError(f"{scope}: a class is all, sector:…, site:… or camera:<code>")
        return scope

    @field_validator("hours")
    @classmethod
    def _hours_of_a_week(cls, hours: str) -> str:
        if hours:
            Hours.parse(hours)
        return hours

    @field_validator("limits")
    @classmethod
    def _known_limits(cls, limits: dict[str, float]) -> dict[str, float]:
        Limits.model_validate(limits)
        return limits


class PicturesConf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    every_s: float = Field(default=60, ge=0, le=3600)  # each camera; 0: pictures are not checked
    busy_load: float = Field(default=1.5, gt=0)  # of each processor; above, checks are left out
    classes: list[PictureClassConf] = Field(default_factory=list)
