"""What a page may say, parsed strictly; see docs/stream-protocol.md."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from thienly.bus.messages import CameraId

Number = Annotated[int, Field(ge=0, le=65535)]
Micros = Annotated[int, Field(ge=0, le=2**52)]
Credit = Annotated[int, Field(ge=0, le=64)]


class Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


Codecs = Annotated[str, Field(max_length=200, pattern=r"^[a-z0-9-]{4}(,[a-z0-9-]{4})*$")]


class Open(Command):
    op: Literal["open"]
    ch: Number
    run: Number = 0
    camera: CameraId
    mode: Literal["live", "play"]
    keys: bool = False
    at_us: Micros = 0
    credit: Credit = 0
    stream: Literal["main", "sub"] = "main"
    plays: Codecs = ""


class Stream(Command):
    op: Literal["stream"]
    ch: Number
    stream: Literal["main", "sub"]


class Listen(Command):
    op: Literal["listen"]
    ch: Number
    sound: Literal["on", "off"]


class Seek(Command):
    op: Literal["seek"]
    ch: Number
    run: Number
    at_us: Micros
    credit: Credit = 0
    keys: bool = False


class Live(Command):
    op: Literal["live"]
    ch: Number
    run: Number


class GiveCredit(Command):
    op: Literal["credit"]
    ch: Number
    fragments: Annotated[int, Field(ge=1, le=64)]


class Snapshot(Command):
    op: Literal["snapshot"]
    ch: Number
    id: Annotated[int, Field(ge=0, le=2**31)]
    at_us: Micros


class Close(Command):
    op: Literal["close"]
    ch: Number


class Ping(Command):
    op: Literal["ping"]
    n: Annotated[int, Field(ge=0, le=2**31)] = 0


AnyCommand = Open | Stream | Seek | Live | Listen | GiveCredit | Snapshot | Close | Ping
_PARSER: TypeAdapter[AnyCommand] = TypeAdapter(Annotated[AnyCommand, Field(discriminator="op")])


class BadCommand(Exception):
    """The text is no command of the protocol."""


def parse(text: str) -> AnyCommand:
    """Raises BadCommand."""
    try:
        return _PARSER.validate_json(text)
    except (ValidationError, ValueError, RecursionError) as error:
        raise BadCommand from error
