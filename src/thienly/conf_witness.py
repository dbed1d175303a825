"""The part of `thienly.toml` that says who outside keeps the signatures over history."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from thienly.bus.server import is_loopback
from thienly.bus.subjects import TOKEN


class WitnessConf(BaseModel):
    """One witness. Its secret is no part of this file: it stands alone in `keys/witness-<name>.secret`.

    Checkpoints hold hashes, moments and signatures, and nothing of what history tells.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=TOKEN.pattern)]
    kind: Literal["s3", "mail"]
    every_minutes: int = Field(default=10, ge=1, le=7 * 24 * 60)
    ca_file: str = ""  # PEM of a private certificate authority
    endpoint: str = ""  # S3: https://host[:port]; http:// only to this very machine
    bucket: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    access_key: str = ""
    server: str = ""  # mail: host of the SMTP server
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = "starttls"  # none: only to this very machine
    user: str = ""
    sender: str = ""
    to: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _complete(self) -> "WitnessConf":
        if self.kind == "s3":
            if not (self.endpoint.startswith(("http://", "https://")) and self.bucket):
                raise ValueError(f"witness {self.name}: S3 needs `endpoint` (https://) and `bucket`")
            if self.endpoint.startswith("http://") and not is_loopback(
                urlsplit(self.endpoint).hostname or ""
            ):
                raise ValueError(f"witness {self.name}: `endpoint` must be https:// beyond this machine")
        elif not (self.server and self.sender and self.to):
            raise ValueError(f"witness {self.name}: mail needs `server`, `sender` and `to`")
        elif self.tls == "none" and not is_loopback(self.server):
            raise ValueError(f"witness {self.name}: `tls` may be none to this machine only")
        return self
