"""What a package is about, and which files it has: the description that the builder gets, the manifest it
writes.

Times are Unix microseconds (`*_us`). Texts are shown as they are. `docs/evidence-package.md` explains each
field.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator, model_validator

from thienly.evidence.container import safe
from thienly.rules.hashchain import canonical, settle_text

FORMAT = "thienly-evidence/1"
TAG = b"thienly/evidence-package/1\n"
"""Before the bytes of manifest.json under the organisation's signature."""
MANIFEST, SIGNATURE, KEYS, HISTORY = "manifest.json", "manifest.sig", "keys.json", "history.jsonl"
COVER, PAGE, README = "cover.html", "verify.html", "README.txt"
MAX_MANIFEST = 64 << 20

Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Us = Annotated[StrictInt, Field(ge=0, le=253_402_300_799_000_000)]
Text = Annotated[str, Field(max_length=4000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _as_stored(cls, value: object) -> object:
        return settle_text(value) if isinstance(value, str) else value


class Person(_Part):
    """Who took part, by post. `role`: requester, decider, performer, releaser, recipient."""

    role: Literal["requester", "decider", "performer", "releaser", "recipient"]
    post: Text
    unit: Text = ""
    name: Text = ""
    at_us: Us | None = None


class Document(_Part):
    """A letter, decision or opinion on which it rests. `sha256` of its file; empty: none is held."""

    kind: Text = ""
    number: Text
    date: Text = ""  # ISO 8601
    issuer: Text = ""
    signatory: Text = ""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class Article(_Part):
    """`regulation`: its name or number; `cite`: the article as people cite it."""

    regulation: Text
    cite: Text
    text: Text = ""


class ClockReading(_Part):
    """The camera's clock minus the server's at a time."""

    at_us: Us
    offset_ms: StrictInt


class Gap(_Part):
    """Footage that was asked for and is not here. `reason`: a code; `words`: the same for people."""

    from_us: Us
    until_us: Us
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]
    words: Text = ""


class Wanted(_Part):
    """A camera and the time asked for. `gaps`: those known before."""

    id: Hex32
    code: Text
    name: Text
    site: Text = ""
    owner: Text = ""
    stream: Annotated[str, Field(pattern=r"^[a-z]{1,16}$")] = "main"
    from_us: Us
    until_us: Us
    clock: list[ClockReading] = Field(default_factory=list, max_length=10_000)
    gaps: list[Gap] = Field(default_factory=list, max_length=100_000)

    @model_validator(mode="after")
    def _in_order(self) -> "Wanted":
        if not self.from_us < self.until_us:
            raise ValueError("the time ends before it begins")
        return self


class _About(_Part):
    case: Text  # its number
    title: Text = ""
    organisation: Text
    time_zone: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+/-]{1,60}$")] = "Asia/Ho_Chi_Minh"
    purpose: Text
    people: list[Person] = Field(default_factory=list, max_length=200)
    documents: list[Document] = Field(default_factory=list, max_length=200)
    articles: list[Article] = Field(default_factory=list, max_length=200)
    ownership: Text = ""  # whose property the data are (QN Đ4.3)
    remarks: Text = ""


class Description(_About):
    """What is to be packed."""

    cameras: Annotated[list[Wanted], Field(min_length=1, max_length=99)]

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError("no time zone of this name is known") from error
        return name

    @field_validator("cameras")
    @classmethod
    def _each_once(cls, cameras: list[Wanted]) -> list[Wanted]:
        if len({(one.id, one.stream, one.from_us) for one in cameras}) < len(cameras):
            raise ValueError("the same camera and time stand twice")
        return cameras


class Clip(_Part):
    """`tiers`: the disks and stores it was read from."""

    file: Text
    proof: Text
    start_us: Us
    end_us: Us
    fragments: StrictInt
    frames: StrictInt
    tiers: list[Text] = Field(default_factory=list)


class Packed(Wanted):
    """`gaps`: every second of the time asked for that no clip has."""

    clips: list[Clip] = Field(default_factory=list, max_length=100_000)


class File(_Part):
    name: Text
    size: Annotated[StrictInt, Field(ge=0)]
    sha256: Hex64

    @field_validator("name")
    @classmethod
    def _safe(cls, name: str) -> str:
        if not safe(name):
            raise ValueError("not a name for a file of a package")
        return name


class Manifest(_About):
    """`files`: every file but the manifest and its signature."""

    format: Literal["thienly-evidence/1"] = "thienly-evidence/1"
    made_us: Us
    made_by: Text = ""  # program and version
    key: Hex64  # id of the organisation's key
    cameras: Annotated[list[Packed], Field(min_length=1, max_length=99)]
    files: list[File] = Field(max_length=100_000)

    def encoded(self) -> bytes:
        """manifest.json: canonical, so that one manifest has one form."""
        return canonical(self.model_dump(mode="json"))


class PackedKey(_Part):
    """A recorder's key in keys.json. `revoked_us`: what it signed from then on is not believed."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    recorder: Text
    public: Hex64
    from_us: StrictInt
    until_us: StrictInt | None = None
    revoked_us: StrictInt | None = None


class Keys(_Part):
    """keys.json."""

    organisation: Hex64  # the raw public key
    recorders: list[PackedKey]


class Signature(_Part):
    """manifest.sig."""

    key: Hex64
    public: Hex64
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
