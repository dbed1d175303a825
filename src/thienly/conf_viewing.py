"""The part of `thienly.toml` that says from when on somebody's viewing is unusual."""

from pydantic import BaseModel, ConfigDict, Field

from thienly.rules.unusual import Limits


class ViewingConf(BaseModel):
    """`[viewing]`. No regulation gives a number (NB Đ5.8 forbids abuse); each installation has its own."""

    model_config = ConfigDict(extra="forbid")

    judge: bool = True
    times: float = Field(default=3, gt=1, le=1000)  # as often as he before, or his colleagues
    least: int = Field(default=30, ge=1)  # fewer openings a day are never too many
    same_camera: int = Field(default=15, ge=2)  # openings of one camera in a day
    other_hours: int = Field(default=5, ge=1)  # openings at hours at which he never opened anything before
    days: int = Field(default=28, ge=1, le=366)  # that count as before
    least_days: int = Field(default=5, ge=1)  # of those with any viewing: with fewer there is no habit yet

    @property
    def limits(self) -> Limits:
        return Limits(self.times, self.least, self.same_camera, self.other_hours, self.least_days)
