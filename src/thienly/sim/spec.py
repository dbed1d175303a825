"""What a simulated camera is: the file format of `thienly sim --spec`."""

import json
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

SceneName = Literal["mine_gate", "quay", "one_stop", "street", "night_yard"]
PictureFault = Literal["black", "covered", "frozen", "blurred", "moved"]
Auth = Literal["digest", "basic", "none"]
VideoCodec = Literal["h264", "h265"]
SoundCodec = Literal["aac", "pcma", "pcmu", "opus"]

SCENES: tuple[SceneName, ...] = ("mine_gate", "quay", "one_stop", "street", "night_yard")
PICTURE_FAULTS: tuple[PictureFault, ...] = ("black", "covered", "frozen", "blurred", "moved")
DEFAULT_LOOP_S = 20.0


class CameraSpec(BaseModel):
    """One simulated camera. Everything that changes the picture is part of the cache key of its clip."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_.-]+$", description="path of the RTSP address")]
    name: Annotated[str, Field(min_length=1, max_length=60, description="burnt into the picture")]
    scene: SceneName = "mine_gate"
    variant: Annotated[int, Field(ge=0, le=99, description="another framing and traffic of the scene")] = 0
    username: str = "camera"
    password: str = "thien-ly"  # noqa: S105 - the default of a simulated device, as real ones have
    auth: Auth = "digest"
    width: Annotated[int, Field(ge=160, le=3840, multiple_of=2)] = 1280
    height: Annotated[int, Field(ge=90, le=2160, multiple_of=2)] = 720
    fps: Annotated[int, Field(ge=1, le=50, description="must divide 1000: the clock is in whole ms")] = 25
    bitrate: Annotated[int, Field(ge=50_000, le=20_000_000, description="video, bit/s")] = 1_500_000
    gop_s: Annotated[float, Field(gt=0, le=10, description="key frame distance, s")] = 2.0
    loop_s: Annotated[float, Field(gt=0, le=65, description="length of the clip, s")] = DEFAULT_LOOP_S
    codec: VideoCodec = "h264"
    bframes: Annotated[
        int, Field(ge=0, le=4, description="pictures sent after the one that is shown behind them")
    ] = 0
    late_frames: Annotated[
        int,
        Field(ge=0, le=250, description="the loop lags the clock: cameras then differ in their key frames"),
    ] = 0
    audio: bool = True
    sound: SoundCodec = "aac"
    extra_tracks: Annotated[
        bool, Field(description="describes tracks before its own that nobody can record")
    ] = False
    transports: tuple[Literal["tcp", "udp"], ...] = ("tcp", "udp")
    starts_on_key_frame: Annotated[
        bool,
        Field(description="send nothing before the next key frame; false starts mid-GOP as cheap cameras do"),
    ] = True

    @field_validator("path")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def _whole_loop(self) -> Self:
        if 1000 % self.fps:
            raise ValueError(f"fps {self.fps} does not divide 1000")
        gop, loop = self.gop_s * self.fps, self.loop_s * self.fps
        if gop != int(gop) or loop != int(loop) or loop % gop:
            raise ValueError(f"a loop of {self.loop_s} s is not a whole number of GOPs of {self.gop_s} s")
        if self.late_frames and self.bframes:
            raise ValueError("a loop with B-frames cannot lag")
        return self

    @property
    def gop_frames(self) -> int:
        return int(self.gop_s * self.fps)

    @property
    def loop_frames(self) -> int:
        return int(self.loop_s * self.fps)


_SPECS = TypeAdapter(list[CameraSpec])


def load_specs(path: Path) -> list[CameraSpec]:
    """Cameras from a JSON or YAML list.

    Raises OSError, pydantic.ValidationError, and ValueError on a repeated path.
    """
    text = path.read_text(encoding="utf-8")
    specs = _SPECS.validate_python(json.loads(text) if path.suffix == ".json" else yaml.safe_load(text))
    if len({spec.path for spec in specs}) != len(specs):
        raise ValueError("two cameras have the same path")
    return specs


def dump_specs(specs: list[CameraSpec]) -> str:
    """JSON that `load_specs` reads."""
    return _SPECS.dump_json(specs).decode()


def bench_specs(
    count: int,
    *,
    width: int = 1280,
    height: int = 720,
    bitrate: int = 1_500_000,
    codec: VideoCodec = "h264",
) -> list[CameraSpec]:
    """`/bench/0` … for load: many cameras, five rendered clips between them."""
    return [
        CameraSpec(
            path=f"/bench/{number}",
            name=f"Camera thử tải {number % len(SCENES) + 1}",
            scene=SCENES[number % len(SCENES)],
            width=width,
            height=height,
            bitrate=bitrate,
            codec=codec,
        )
        for number in range(count)
    ]
