"""Checkpoints as objects of an S3 bucket that others own: written once, never over another.

A bucket with object lock (default retention, mode COMPLIANCE) keeps each of them against everybody, its owner
too; without it, what is written is at least never replaced from here (put if absent).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from thienly.conf import Conf
from thienly.conf_witness import WitnessConf
from thienly.core.ledger.witness_state import Trouble, WitnessError

if TYPE_CHECKING:
    from obstore.store import ClientConfig


def put(conf: Conf, witness: WitnessConf, *, lines: bytes, seq: int) -> None:
    """Writes the lines up to entry `seq` as one object. Raises WitnessError."""
    with _translated():
        store, name = _store(conf, witness), f"{_folder(witness)}{seq:020d}.jsonl"
        try:
            obstore.put(store, name, lines, mode="create")
        except AlreadyExistsError as error:
            if bytes(obstore.get(store, name).bytes()) != lines:  # else only an answer was lost
                raise WitnessError(Trouble.CONFLICT) from error


def fetch(conf: Conf, witness: WitnessConf) -> bytes:
    """Every line that the witness holds, in the order of the objects. Raises WitnessError."""
    with _translated():
        store = _store(conf, witness)
        pages = obstore.list(store, _folder(witness) or None)
        names = sorted(one["path"] for page in pages for one in page if one["path"].endswith(".jsonl"))
        return b"".join(bytes(obstore.get(store, name).bytes()) for name in names)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError, FileNotFoundError) as error:
        raise WitnessError(Trouble.REFUSED) from error  # no such bucket, or no secret here
    except (BaseError, OSError, ValueError) as error:
        raise WitnessError(Trouble.AWAY) from error


def _folder(witness: WitnessConf) -> str:
    return f"{witness.prefix.strip('/')}/" if witness.prefix.strip("/") else ""


def _store(conf: Conf, witness: WitnessConf) -> S3Store:
    options: ClientConfig = {
        "allow_http": witness.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=5),
        "timeout": timedelta(seconds=30),
    }
    if witness.ca_file:
        options["root_certificate"] = (conf.data / witness.ca_file).read_bytes()
    return S3Store(
        witness.bucket,
        endpoint=witness.endpoint.rstrip("/"),
        region=witness.region,
        access_key_id=witness.access_key,
        secret_access_key=conf.witness_secret(witness.name).read_text().strip(),
        virtual_hosted_style_request=False,
        checksum_algorithm="SHA256",  # a bucket with object lock wants one
        client_options=options,
        retry_config={"max_retries": 0},
    )
