"""What must be known to make an installation, from a TOML file or from questions."""

import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from thienly.conf import FileConf, NetworkZone, RecorderConf, RegulationConf
from thienly.core.regulation.shelf import Book, UnknownRegulationError, adopt, shelf
from thienly.core.setup.sentences import NO_FILE, NOT_TOML, Refusal, WrongAnswers, explain
from thienly.rules.actions import Action
from thienly.rules.profile import Profile, Role, Scope

Text = Annotated[str, Field(min_length=1)]


class FirstUnit(BaseModel):
    """The unit that manages the system."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Text
    kind: Text = "department"
    functions: list[str] = Field(
        default_factory=list
    )  # unit types of regulations; empty: the administrator's


class FirstAdministrator(BaseModel):
    """The person who issues every other account, and sees no picture."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    username: Text
    full_name: Text
    password: SecretStr
    title: str = ""


class Answers(BaseModel):
    """Raises pydantic.ValidationError; `sentences.explain` says it in words."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    unit: FirstUnit
    administrator: FirstAdministrator
    document: Text  # number and date of the decision that appoints the administrator
    regulation: str = "QN"  # id of the profile under which the first administrator holds his seat
    regulation_from: str = ""  # where the copy held does not say from when it is in force: 2024-02-01
    regulation_document: str = ""  # number and date of the document that says so
    demo: bool = False
    host: str = "127.0.0.1"  # address to listen on
    hosts: list[Text] = Field(default_factory=lambda: ["localhost", "127.0.0.1"])
    port: int = Field(default=8420, ge=1, le=65535)
    https: bool = False
    proxies: list[str] = Field(default_factory=list)
    storage: Text = "footage"  # directory of recordings; relative to the data directory
    keep_days: int = Field(default=7, ge=1)
    recorders: list[RecorderConf] = Field(default_factory=list)  # empty: one, in zone main
    network_zones: list[NetworkZone] = Field(default_factory=list)
    database_url: str = ""
    nats_url: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"

    @field_validator("network_zones")
    @classmethod
    def _zones_are_networks(cls, zones: list[NetworkZone]) -> list[NetworkZone]:
        for zone in zones:
            try:
                ip_network(zone.cidr)
            except ValueError as error:
                raise PydanticCustomError("cidr", "not a network") from error
        return zones

    @field_validator("time_zone")
    @classmethod
    def _time_zone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise PydanticCustomError("time_zone", "no such time zone")
        return name

    @field_validator("database_url")
    @classmethod
    def _database_is_postgresql(cls, url: str) -> str:
        if url and not url.startswith("postgresql://"):
            raise PydanticCustomError("database_url", "not a PostgreSQL address")
        return url

    @field_validator("recorders")
    @classmethod
    def _recorders_have_names_of_their_own(cls, recorders: list[RecorderConf]) -> list[RecorderConf]:
        if len({recorder.name for recorder in recorders}) < len(recorders):
            raise PydanticCustomError("recorder_twice", "two recorders of one name")
        return recorders

    @field_validator("regulation")
    @classmethod
    def _regulation_is_known(cls, name: str) -> str:
        book = shelf().book(name)
        if book is None:
            known = ", ".join(shelf().ids)
            raise PydanticCustomError("regulation", "no such regulation", {"known": known})
        if _administrator(book.profile) is None:
            raise PydanticCustomError("regulation_without_administrator", "nobody administers")
        return name

    @model_validator(mode="after")
    def _regulation_can_hold(self) -> Self:
        try:
            adopt(shelf(), (self.adopted,))
        except ValidationError as error:
            raise PydanticCustomError("regulation_from", "no day") from error
        except UnknownRegulationError as error:
            raise PydanticCustomError("regulation_from", "it cannot hold") from error
        return self

    @model_validator(mode="after")
    def _unit_can_hold_the_administrator(self) -> Self:
        role = self.role
        if role.unit not in self.functions:
            facts = {"function": role.unit, "role": role.vi, "cite": self.profile.cited(role)}
            raise PydanticCustomError("function", "the unit lacks a function", facts)
        return self

    @property
    def profile(self) -> Profile:
        book: Book | None = shelf().book(self.regulation)
        assert book is not None  # noqa: S101 - checked when the answers were read
        return book.profile

    @property
    def adopted(self) -> RegulationConf:
        """The regulation as `thienly.toml` is to name it."""
        return RegulationConf(
            id=self.regulation, effective_from=self.regulation_from, document=self.regulation_document
        )

    @property
    def role(self) -> Role:
        """The role to which the regulation gives the administration of everything."""
        role = _administrator(self.profile)
        assert role is not None  # noqa: S101 - checked when the answers were read
        return role

    @property
    def functions(self) -> list[str]:
        return self.unit.functions or [self.role.unit]

    def file_conf(self) -> FileConf:
        """What `thienly.toml` is to say."""
        recorders = [
            recorder
            if "store" in recorder.model_fields_set
            else recorder.model_copy(update={"store": self.storage})
            for recorder in self.recorders or [RecorderConf(name="r1")]
        ]
        return FileConf(
            profile="demo" if self.demo else "real",
            port=self.port,
            host=self.host,
            hosts=self.hosts,
            database_url=self.database_url,
            nats_url=self.nats_url,
            time_zone=self.time_zone,
            keep_days=self.keep_days,
            proxies=self.proxies,
            https=self.https,
            regulations=[self.adopted],
            recorders=recorders,
            network_zones=self.network_zones,
        )


def _administrator(profile: Profile) -> Role | None:
    wanted = {Action.ADMIN_ACCOUNTS, Action.ADMIN_SYSTEM}
    for role in profile.roles:
        for grant in profile.grants_of(role.id):
            if grant.scope is Scope.ALL and wanted <= grant.actions:
                return role
    return None


def load(path: Path) -> Answers:
    """Answers from a TOML file. Raises Refusal."""
    try:
        return Answers.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Refusal(NO_FILE.about(path=path, reason=error.strerror)) from error
    except ValidationError as error:
        raise WrongAnswers(*explain(error)) from error
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError
        raise Refusal(NOT_TOML.about(path=path, reason=error)) from error
