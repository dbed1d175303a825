"""What `thienly.toml` says about working days: which days are off, and which weekends are worked."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class CalendarConf(BaseModel):
    """`[calendar]`, from the yearly notices. A deadline in a year that is not in `years` is provisional."""

    model_config = ConfigDict(extra="forbid")

    years: list[int] = Field(default_factory=list)  # of which the days off are complete
    days_off: list[date] = Field(default_factory=list)  # holidays and their compensatory days
    days_worked: list[date] = Field(default_factory=list)  # of weekends, in exchange
