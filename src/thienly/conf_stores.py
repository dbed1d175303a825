"""The part of `thienly.toml` that says where copies of recordings lie besides the recorder's own disk."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from thienly.bus.server import is_loopback
from thienly.bus.subjects import TOKEN

HOME = "VN"
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""

StoreName = Annotated[str, Field(pattern=TOKEN.pattern)]


class StoreConf(BaseModel):
    """One object store. Its secret is no part of this file: it stands alone in `keys/store-<name>.secret`.

    `location`, `provider`, `contract` and `country` (ISO 3166-1 alpha-2) are what DN-009 asks of every place
    that keeps recordings: where it is, and who answers for it.
    """

    model_config = ConfigDict(extra="forbid")

    name: StoreName
    kind: Literal["s3", "directory"] = "s3"
    endpoint: str = ""  # S3: https://host[:port]; http:// only to this very machine
    bucket: str = ""
    region: str = "us-east-1"
    prefix: str = ""  # before every object's key, when the bucket is shared
    access_key: str = ""  # names the account; the secret stands in the key file
    ca_file: str = ""  # PEM of a private certificate authority
    directory: str = ""  # kind `directory`: a mounted disk; relative to the data directory
    encrypt: bool = True  # AES-256-GCM with keys/footage.key before anything leaves this machine
    uploads: int = Field(default=4, ge=1, le=32)  # at the same time, from each recorder
    mbit_s: float = Field(default=0, ge=0)  # most that each recorder sends and reads back; 0: no limit
    location: str = ""
    provider: str = ""
    contract: str = ""
    country: Country = HOME

    @model_validator(mode="after")
    def _complete(self) -> "StoreConf":
        if self.kind == "s3" and not (self.endpoint.startswith(("http://", "https://")) and self.bucket):
            raise ValueError(
                f"store {self.name}: an S3 store needs `endpoint` (http:// or https://) and `bucket`"
            )
        if self.endpoint.startswith("http://") and not is_loopback(urlsplit(self.endpoint).hostname or ""):
            raise ValueError(
                f"store {self.name}: recordings leave this machine by https:// only (`endpoint`); a private "
                "authority goes into `ca_file`"
            )
        if self.kind == "s3" and "@" in self.endpoint:
            raise ValueError(
                f"store {self.name}: no user or password in `endpoint`; use access_key and the key file"
            )
        if self.kind == "directory" and not self.directory:
            raise ValueError(f"store {self.name}: a directory store needs `directory`")
        return self


def at_home(name: str, country: str) -> None:
    """Every place that keeps recordings lies in Viet Nam (DN Đ3). Raises ValueError, in both languages."""
    if country != HOME:
        raise ValueError(
            f"{name}: country = {country}; dữ liệu ghi hình phải được lưu trữ tại Việt Nam · "
            f"recordings must be kept in Viet Nam ({HOME})"
        )


class BackupConf(BaseModel):
    """One line of the backup plan: which cameras are also kept in which store, and how often a restore is
    tried."""

    model_config = ConfigDict(extra="forbid")

    store: StoreName
    cameras: list[str] = Field(default_factory=list)  # codes of cameras, with * and ?
    units: list[str] = Field(default_factory=list)  # names of units: their cameras, and those of units below
    functions: list[str] = Field(default_factory=list)  # of managing units or ones above, e.g. camera_manager
    classes: list[str] = Field(default_factory=list)  # sector:mining, site:mine, as in [[retention]]
    test_days: int = Field(default=30, ge=1, le=366)  # a restore is tried this often, by each recorder
    lag_hours: float = Field(default=24, gt=0)  # a recording not copied within this time is an alarm

    @property
    def patterns(self) -> list[str]:
        """Of codes: all, where nothing else is chosen."""
        return self.cameras or ([] if self.units or self.functions or self.classes else ["*"])
