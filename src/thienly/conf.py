"""The installation's configuration: one data directory with one `thienly.toml`, and a few variables.

Environment: `THIENLY_DATA` (data directory), `THIENLY_PORT` (of the pages), `THIENLY_DATABASE_URL`
(`sqlite:///…` or `postgresql://…`), `THIENLY_NATS_URL` (another server instead of the child).
"""

import os
import tomllib
from datetime import date
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from thienly.bus.authority import Authority
from thienly.bus.server import Login, Plaintext, is_loopback
from thienly.bus.subjects import TOKEN
from thienly.conf_accounts import AccountsConf, SingleSignOnConf, Wanted
from thienly.conf_calendar import CalendarConf
from thienly.conf_pictures import PicturesConf
from thienly.conf_quality import QualityConf
from thienly.conf_stores import HOME, BackupConf, Country, StoreConf, at_home
from thienly.conf_viewing import ViewingConf
from thienly.conf_witness import WitnessConf
from thienly.rules.actions import Action
from thienly.rules.zones import Zone, Zones

Token = Annotated[str, Field(pattern=TOKEN.pattern)]


class DiskConf(BaseModel):
    """`stores = ["/mnt/a", { path = "/mnt/b", encrypted = true }]`. `encrypted`: it must be (LUKS); where
    it is not, that is an alarm, and recording goes on."""

    model_config = ConfigDict(extra="forbid")

    path: str
    encrypted: bool = False


def _disk(store: str | DiskConf) -> DiskConf:
    return DiskConf(path=store) if isinstance(store, str) else store


class RecorderConf(BaseModel):
    """One recorder process on this machine."""

    model_config = ConfigDict(extra="forbid")

    name: Token
    zone: Token = "main"
    capacity: int = Field(default=400, ge=1, le=5000)  # cameras
    store: str | DiskConf = "footage"  # directory for segments; relative to the data directory
    # Several disks: a directory on each; instead of `store`.
    stores: list[str | DiskConf] = Field(default_factory=list)
    archive: str = ""  # name of the store to which every closed segment is copied
    local_days: int = Field(default=0, ge=0)  # archived: off the disk after so long; 0: when room is needed
    location: str = ""  # where this machine stands, and who answers for it
    provider: str = ""
    contract: str = ""
    country: Country = HOME

    @field_validator("stores")
    @classmethod
    def _each_disk_once(cls, stores: list[str | DiskConf]) -> list[str | DiskConf]:
        if len({Path(_disk(store).path) for store in stores}) < len(stores):
            raise ValueError("the same directory stands twice")
        return stores

    @property
    def disks(self) -> list[DiskConf]:
        return [_disk(store) for store in self.stores or [self.store]]


class NetworkZone(BaseModel):
    """A network zone: people who come from `cidr` are recorded as coming from `name`, and may do
    `actions` there. See rules/zones.py."""

    model_config = ConfigDict(extra="forbid")

    name: str
    cidr: str
    actions: list[Action] | None = None  # verbs allowed from there; left out: all
    document: str = ""  # number and date of the document that limits them

    @property
    def rule(self) -> Zone:
        """Raises ValueError when `cidr` is no network."""
        actions = None if self.actions is None else frozenset(self.actions)
        return Zone(self.name, ip_network(self.cidr), actions, self.document)


class RetentionConf(BaseModel):
    """How long the footage of a class of cameras is kept, where the installation says more than the
    regulations; 0: nothing. See rules/retention_class.py."""

    model_config = ConfigDict(extra="forbid")

    scope: str = "all"  # all, sector:<sector>, site:<kind of place>
    floor_days: int = Field(default=0, ge=0, le=3660)  # promised; `document` prescribes it
    document: str = ""
    target_days: int = Field(default=0, ge=0, le=3660)  # older footage goes first when there is no room
    ceiling_days: int = Field(default=0, ge=0, le=3660)  # older footage goes always


class RegulationConf(BaseModel):
    """A regulation that holds here. `version` 0: the one that came with the program.

    `effective_from` (2024-02-01) and `document`: where the copy held does not say from when it is in force.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = Field(default=0, ge=0)
    effective_from: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    document: str = ""

    @field_validator("effective_from")
    @classmethod
    def _is_a_day(cls, day: str) -> str:
        if day:
            date.fromisoformat(day)
        return day


class HlsClient(BaseModel):
    """A player of others that may fetch pictures as HLS, with the rights of an account's seats.

    `key_sha256`: of the key that it sends as `Authorization: Bearer`; empty: only the account's session.
    """

    model_config = ConfigDict(extra="forbid")

    name: Token
    account: str  # user name
    key_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    addresses: list[str] = Field(default_factory=list)  # CIDR; empty: from anywhere


class FileConf(BaseModel):
    """The contents of `thienly.toml`."""

    model_config = ConfigDict(extra="forbid")

    profile: Literal["real", "demo"] = "real"
    port: int = Field(default=8420, ge=1, le=65535)
    host: str = "127.0.0.1"
    hosts: list[str] = Field(default_factory=lambda: ["localhost", "127.0.0.1"])  # names the pages answer to
    database_url: str = ""  # empty: SQLite in the data directory
    nats_url: str = ""  # empty: a child nats-server; elsewhere than on this machine only tls://
    bus_listen: str = ""  # host:port where the child server is reached from elsewhere, by TLS
    bus_names: list[str] = Field(default_factory=list)  # names and addresses by which it is reached there
    time_zone: str = "Asia/Ho_Chi_Minh"
    keep_days: int = Field(default=7, ge=1)  # days of recording to keep where no profile says otherwise
    transcode_slots: int = Field(default=2, ge=0, le=64)  # pictures converted at once for old browsers
    segment_s: int = Field(default=60, ge=2, le=600)
    proxies: list[str] = Field(default_factory=list)  # addresses whose X-Forwarded-For is believed
    https: bool = False  # pages are served through TLS (by a proxy): secure cookies, HSTS
    recorders: list[RecorderConf] = Field(default_factory=lambda: [RecorderConf(name="r1")])
    camera_ca: str = (
        ""  # PEM file of authorities that sign cameras' certificates; relative to the data directory
    )
    camera_files: str = ""  # folder of recordings to be played as cameras; relative to the data directory
    metrics_from: list[str] = Field(default_factory=list)  # addresses that may read /metrics unasked
    hls_clients: list[HlsClient] = Field(default_factory=list)
    network_zones: list[NetworkZone] = Field(default_factory=list)
    ledger_witness: str = ""  # a second file of checkpoints, on another disk
    witnesses: list[WitnessConf] = Field(default_factory=list)  # who else keeps checkpoints
    regulations: list[RegulationConf] = Field(default_factory=list)  # empty: QN
    retention: list[RetentionConf] = Field(default_factory=list)
    quality: QualityConf = Field(default_factory=QualityConf)
    stores: list[StoreConf] = Field(default_factory=list)  # for copies of recordings
    backups: list[BackupConf] = Field(default_factory=list)  # the backup plan
    pictures: PicturesConf = Field(default_factory=PicturesConf)
    viewing: ViewingConf = Field(default_factory=ViewingConf)
    accounts: AccountsConf = Field(default_factory=AccountsConf)
    calendar: CalendarConf = Field(default_factory=CalendarConf)
    single_sign_on: list[SingleSignOnConf] = Field(default_factory=list)

    @field_validator("bus_listen")
    @classmethod
    def _is_a_place(cls, place: str) -> str:
        if place:
            host, _, port = place.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError("an address and a port, for example 10.20.0.5:4222")
        return place

    @model_validator(mode="after")
    def _one_bus(self) -> "FileConf":
        if self.bus_listen and self.nats_url:
            raise ValueError("bus_listen is of the server of this installation, nats_url of another: set one")
        return self

    @model_validator(mode="after")
    def _zones_can_be_meant(self) -> "FileConf":
        Zones([zone.rule for zone in self.network_zones])
        return self

    @model_validator(mode="after")
    def _in_viet_nam(self) -> "FileConf":
        for store in self.stores:
            at_home(store.name, store.country)
        for recorder in self.recorders:
            at_home(recorder.name, recorder.country)
        return self

    @model_validator(mode="after")
    def _stores_exist(self) -> "FileConf":
        names = [store.name for store in self.stores]
        if len(names) != len(set(names)):
            raise ValueError("stores: a name is used twice")
        wanted = [recorder.archive for recorder in self.recorders if recorder.archive]
        wanted += [backup.store for backup in self.backups]
        if unknown := sorted(set(wanted) - set(names)):
            raise ValueError(f"no [[stores]] is named {', '.join(unknown)}")
        if both := {recorder.archive for recorder in self.recorders} & {one.store for one in self.backups}:
            raise ValueError(f"a backup must lie elsewhere than the archive: {', '.join(sorted(both))}")
        return self


class Conf:
    """Where everything of this installation lies."""

    def __init__(self, data: Path, env: dict[str, str] | None = None) -> None:
        self.data = data
        self._env = dict(os.environ if env is None else env)

    @classmethod
    def load(cls) -> "Conf":
        return cls(Path(os.environ.get("THIENLY_DATA", "data")).absolute())

    @cached_property
    def file(self) -> FileConf:
        """Raises pydantic.ValidationError, tomllib.TOMLDecodeError."""
        path = self.data / "thienly.toml"
        return FileConf.model_validate(tomllib.loads(path.read_text()) if path.exists() else {})

    @property
    def initialised(self) -> bool:
        return (self.data / "thienly.toml").exists()

    @property
    def demo(self) -> bool:
        return self.file.profile == "demo"

    @property
    def second_step(self) -> Wanted:
        """Who must have a second step at sign-in, beside the roles that are listed."""
        return self.file.accounts.second_step or ("nobody" if self.demo else "admins")

    @property
    def port(self) -> int:
        return int(self._env.get("THIENLY_PORT") or self.file.port)

    @property
    def database_url(self) -> str:
        return (
            self._env.get("THIENLY_DATABASE_URL")
            or self.file.database_url
            or f"sqlite:///{self.data}/db.sqlite3"
        )

    @property
    def nats_url(self) -> str:
        """Empty when the supervisor runs a child server. Raises Plaintext."""
        url = self._env.get("THIENLY_NATS_URL") or self.file.nats_url
        if url and not url.startswith("tls://") and not is_loopback(urlsplit(url).hostname or ""):
            raise Plaintext(urlsplit(url).hostname or url)
        return url

    @property
    def bus_place(self) -> tuple[str, int]:
        """Where the child server listens for others. Raises ValueError when it does not."""
        host, _, port = self.file.bus_listen.rpartition(":")
        return host.strip("[]"), int(port)

    def bus_login(self, recorder: str = "") -> Login:
        """For a recorder, or for the processes of the centre. Raises FileNotFoundError while the supervisor
        has not prepared the server, or no certificate was put here; Plaintext."""
        url = self.nats_url
        if url and not url.startswith("tls://"):
            return Login(url)
        if not url and not self.file.bus_listen:
            return Login.read(self.nats_login)
        if not url:
            host, port = self.bus_place
            near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
            url = f"tls://[{near}]:{port}" if ":" in near else f"tls://{near}:{port}"
        certificate = self.bus_certificate(recorder)
        if not certificate.exists():
            raise FileNotFoundError(f"no certificate {certificate}")
        return Login(url, certificate=certificate, authority=self.bus_keys / "ca.pem", recorder=recorder)

    @property
    def zones(self) -> list[str]:
        """Those of recorders of this machine, and of those elsewhere that were let in."""
        here = (recorder.zone for recorder in self.file.recorders)
        return sorted({"main", *here, *Authority(self.bus_keys).zones()})

    # --- files ------------------------------------------------------------------------------------------
    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def django_secret(self) -> Path:
        return self.keys / "django.secret"

    @property
    def vault_key(self) -> Path:
        return self.keys / "vault.key"

    @property
    def ledger_key(self) -> Path:
        """Ed25519 private key (PEM) that signs ledger checkpoints."""
        return self.keys / "ledger.pem"

    @property
    def bus_keys(self) -> Path:
        """The bus's certificates; at the centre its authority too."""
        return self.keys / "bus"

    def bus_certificate(self, recorder: str = "") -> Path:
        """PEM: private key and certificate with which a recorder, or the centre, enters the bus."""
        return self.bus_keys / (f"recorder-{recorder}.pem" if recorder else "centre.pem")

    @property
    def zone_key(self) -> Path:
        """On a recorder's machine elsewhere: opens the camera passwords of its zone."""
        return self.bus_keys / "zone.key"

    def recorder_key(self, name: str) -> Path:
        """Ed25519 private key (PEM) that signs segments of this recorder."""
        return self.keys / f"recorder-{name}.pem"

    @property
    def footage_key(self) -> Path:
        """Copies of recordings in stores are encrypted with it; the first recorder that needs it makes it."""
        return self.keys / "footage.key"

    def store_secret(self, name: str) -> Path:
        """The secret of an S3 store's account: one line, mode 0600, put there by hand."""
        return self.keys / f"store-{name}.secret"

    def witness_secret(self, name: str) -> Path:
        return self.keys / f"witness-{name}.secret"

    def sso_secret(self, name: str) -> Path:
        """The secret of a provider of single sign-on: one line, mode 0600, put there by hand."""
        return self.keys / f"sso-{name}.secret"

    def recorder_dir(self, name: str) -> Path:
        """The recorder's index and outbox."""
        return self.data / "recorders" / name

    def stores(self, recorder: RecorderConf) -> dict[str, Path]:
        """Where its segments lie: a directory for each disk, by the disk's name (as it stands in the
        file)."""
        return {disk.path: self.data / disk.path / recorder.name for disk in recorder.disks}

    def store(self, recorder: RecorderConf) -> Path:
        """The directory of a recorder's first (mostly: only) disk."""
        return next(iter(self.stores(recorder).values()))

    @property
    def camera_ca(self) -> Path | None:
        """Authorities that sign certificates of cameras, beside those of the system."""
        return self.data / self.file.camera_ca if self.file.camera_ca else None

    @property
    def camera_files(self) -> Path | None:
        """The one folder below which `file:` addresses lead; None: there are no such cameras."""
        return self.data / self.file.camera_files if self.file.camera_files else None

    @property
    def nats_dir(self) -> Path:
        return self.data / "nats"

    @property
    def nats_login(self) -> Path:
        """JSON: url, user, password of the child server; written by the supervisor, mode 0600."""
        return self.nats_dir / "login.json"

    @property
    def sim_cache(self) -> Path:
        return Path(self._env.get("THIENLY_SIM_CACHE") or self.data / "sim")

    def recorder(self, name: str) -> RecorderConf:
        """Raises KeyError."""
        for recorder in self.file.recorders:
            if recorder.name == name:
                return recorder
        raise KeyError(name)
