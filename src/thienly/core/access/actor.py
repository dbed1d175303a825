"""Who acts. Every service takes one; the ledger names one in every row, also for machines."""

from dataclasses import dataclass
from typing import Literal

from thienly.core.accounts.models import Account


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
    def anonymous(cls, *, address: str = "", network_zone: str = "") -> "Actor":
        return cls("anonymous", "-", "-", None, address, network_zone)
