"""Who acts. Every service takes one; the ledger names one in every row, also for machines."""

from dataclasses import dataclass
from typing import Literal

from thienly.core.accounts.models import Account
from thienly.rules.actions import Action


@dataclass(frozen=True, slots=True)
class Limits:
    """What the key of a machine narrows the seats of its account to; no cameras: all that those reach."""

    actions: frozenset[Action]
    cameras: frozenset[str] = frozenset()  # ids, 32 hex digits


@dataclass(frozen=True, slots=True)
class Actor:
    """A person signed in, a process of this installation, or somebody unknown at the door."""

    kind: Literal["account", "machine", "anonymous"]
    id: str  # account id (32 hex digits), process name, or "-"
    label: str
    account: Account | None = None
    address: str = ""  # IP address of the peer
    network_zone: str = ""
    session: str = ""  # session key, so that an ended session ends its streams
    limits: Limits | None = None  # only of a machine that shows a key

    @classmethod
    def machine(cls, name: str) -> "Actor":
        """A process or command of this installation, e.g. `steward`, `init`."""
        return cls(kind="machine", id=name, label=name)

    @classmethod
    def person(
        cls, account: Account, *, address: str = "", network_zone: str = "", session: str = ""
    ) -> "Actor":
        return cls("account", account.id.hex, str(account), account, address, network_zone, session)

    @classmethod
    def client(
        cls, account: Account, *, label: str, address: str, network_zone: str, limits: Limits
    ) -> "Actor":
        """A machine of another system, with the seats of its account as far as its key goes."""
        return cls("account", account.id.hex, label, account, address, network_zone, "", limits)

    @classmethod
    def anonymous(cls, *, address: str = "", network_zone: str = "") -> "Actor":
        return cls("anonymous", "-", "-", None, address, network_zone)
