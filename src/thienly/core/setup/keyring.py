"""The installation's own keys: one file each, readable by nobody else."""

import os
from collections.abc import Callable
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from thienly.bus.vault import Vault
from thienly.conf import Conf
from thienly.core.ledger.keys import new_signing_key, public_pem, signing_key


def create_keys(conf: Conf) -> None:
    """Makes the keys that are missing, and never touches one that is there."""
    conf.keys.mkdir(parents=True, exist_ok=True)
    conf.keys.chmod(0o700)
    _keep(conf.vault_key, Vault.new_key)
    _keep(conf.django_secret, lambda: get_random_secret_key().encode())
    _keep(conf.ledger_key, new_signing_key)
    public = public_key_file(conf)
    if not public.exists():
        public.parent.mkdir(parents=True, exist_ok=True)
        public.write_bytes(public_pem(signing_key(conf.ledger_key).public_key()))


def public_key_file(conf: Conf) -> Path:
    """What a verifier of history needs; to be handed out and kept elsewhere."""
    return conf.data / "ledger" / "public-key.pem"


def _keep(path: Path, new: Callable[[], bytes]) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(file, "wb") as opened:
        opened.write(new())
