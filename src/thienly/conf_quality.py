"""What the installation calls a good link and a timely one: no article gives these numbers."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from thienly.rules.link import Limits


class QualityConf(BaseModel):
    """`watch`: worth watching from here on; `bad`: somebody has to act."""

    model_config = ConfigDict(extra="forbid")

    loss_watch: float = Field(default=0.001, gt=0, le=1)  # share of the packets
    loss_bad: float = Field(default=0.01, gt=0, le=1)
    jitter_watch_ms: float = Field(default=50, gt=0)
    jitter_bad_ms: float = Field(default=200, gt=0)
    drops_watch: int = Field(default=3, ge=1)  # broken connections a day
    drops_bad: int = Field(default=12, ge=1)
    fps_watch: float = Field(default=0.95, gt=0, le=1)  # of the declared pictures a second
    fps_bad: float = Field(default=0.8, gt=0, le=1)
    clock_ms: int = Field(default=2000, ge=1)  # a camera's clock may deviate by so much
    timely_s: int = Field(default=300, ge=1)  # a recording is known at the centre so soon after its end
    timely_document: str = ""  # in which the frequency of updates was prescribed

    @model_validator(mode="after")
    def _in_order(self) -> "QualityConf":
        pairs = (
            (self.loss_watch, self.loss_bad),
            (self.jitter_watch_ms, self.jitter_bad_ms),
            (self.drops_watch, self.drops_bad),
            (self.fps_bad, self.fps_watch),
        )
        if any(low > high for low, high in pairs):
            raise ValueError("quality: what is bad must be worse than what is worth watching")
        return self

    @property
    def limits(self) -> Limits:
        return Limits(
            loss=(self.loss_watch, self.loss_bad),
            jitter_ms=(self.jitter_watch_ms, self.jitter_bad_ms),
            drops=(self.drops_watch, self.drops_bad),
            fps=(self.fps_watch, self.fps_bad),
            clock_ms=self.clock_ms,
        )
