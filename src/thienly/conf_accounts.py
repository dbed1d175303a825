"""What `thienly.toml` says about accounts: how strictly somebody is asked who he is."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Wanted = Literal["nobody", "admins", "everybody"]
RoleName = Annotated[str, Field(pattern=r"^[A-Z]{2,20}:[a-z][a-z0-9_-]{0,59}$")]


class AccountsConf(BaseModel):
    """`[accounts]`. Where a regulation says it more strictly (parameters `par-password-age` …), that holds.

    Roles are written as `QN:central_admin`.
    """

    model_config = ConfigDict(extra="forbid")

    # Who must have a second step; `admins`: whoever administers accounts or the system. Unsaid: `admins`,
    # in the demonstration `nobody`.
    second_step: Wanted | None = None
    second_step_roles: list[RoleName] = Field(default_factory=list)
    password_days: int = Field(default=0, ge=0, le=3660)  # 0: as the regulations say
    password_length: int = Field(default=10, ge=8, le=128)
    password_history: int = Field(default=5, ge=0, le=50)  # earlier passwords that are not taken again
    idle_minutes: int = Field(default=15, ge=0, le=24 * 60)  # 0: never locked
    never_idle: list[RoleName] = Field(default_factory=list)  # posts that watch without touching anything


class SingleSignOnConf(BaseModel):
    """`[[single_sign_on]]`: an OpenID Connect provider. Its secret: one line in keys/sso-<name>.secret."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]  # stands in the address
    label: str  # on the button
    server: Annotated[str, Field(pattern=r"^https?://")]  # the issuer, or its discovery document
    client: str
