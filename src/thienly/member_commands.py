"""`thienly bus …`: certificates for recorders elsewhere, and shutting them out."""

import argparse
import base64
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import django
from pydantic import BaseModel, Field, ValidationError

from thienly import membership
from thienly.bus import server
from thienly.bus.authority import Role, Unknown, write_private
from thienly.bus.subjects import TOKEN
from thienly.bus.vault import Vault
from thienly.conf import Conf, RecorderConf

Name = Annotated[str, Field(pattern=TOKEN.pattern)]


class Bundle(BaseModel):
    """What is carried to another machine: a secret."""

    role: Literal["centre", "recorder"]
    name: Name
    zone: Annotated[str, Field(pattern=rf"({TOKEN.pattern})|^$")] = ""
    url: str
    certificate: str  # PEM, with its private key
    authority: str  # PEM
    zone_key: str = ""  # base64


def parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bus = commands.add_parser("bus", help="certificates with which recorders elsewhere enter the bus")
    acts = bus.add_subparsers(required=True)
    issue = acts.add_parser("issue", help="a certificate for a recorder on another machine")
    _who(issue)
    issue.add_argument("--zone", default="main", help="of the recorder")
    issue.add_argument("--to", type=Path, required=True, help="file to be carried there, and destroyed")
    issue.set_defaults(run=_issue)
    accept = acts.add_parser("accept", help="on that machine: take what `issue` wrote")
    accept.add_argument("file", type=Path)
    accept.set_defaults(run=_accept)
    revoke = acts.add_parser("revoke", help="shut out at once, for example a recorder that was stolen")
    _who(revoke)
    revoke.set_defaults(run=_revoke)
    members = acts.add_parser("list", help="who is let in, and until when")
    members.add_argument("--json", action="store_true")
    members.set_defaults(run=_list)
    users = acts.add_parser("users", help="the `authorization` block for a NATS server of one's own")
    users.set_defaults(run=_users)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _who(command: argparse.ArgumentParser) -> None:
    who = command.add_mutually_exclusive_group(required=True)
    who.add_argument("--recorder", default="", help="its name")
    who.add_argument("--centre", default="", help="instead: a gateway or steward on another machine")


def _named(arguments: argparse.Namespace) -> tuple[Role, str]:
    role: Role = "recorder" if arguments.recorder else "centre"
    name: str = arguments.recorder or arguments.centre
    if not TOKEN.match(name):
        _end(
            f"{name}: tên chỉ gồm chữ thường không dấu, số, - và _.",
            f"{name}: a name is small letters, digits, - and _.",
        )
    return role, name


def _end(vi: str, en: str) -> None:
    sys.exit(f"{vi}\n{en}")


def _issue(conf: Conf, arguments: argparse.Namespace) -> int:
    role, name = _named(arguments)
    zone = arguments.zone if role == "recorder" else ""
    if not (conf.file.bus_listen or conf.nats_url.startswith("tls://")):
        _end(
            "Bus chỉ nghe trên máy này: đặt bus_listen, bus_names trong thienly.toml, chạy lại `thienly up`.",
            "The bus listens on this machine alone: set bus_listen and bus_names in thienly.toml, then run "
            "`thienly up` again.",
        )
    if zone and not TOKEN.match(zone):
        _end(f"Vùng không hợp lệ: {zone}", f"Not a zone: {zone}")
    if any(recorder.name == name for recorder in conf.file.recorders) and role == "recorder":
        _end(
            f"{name} chạy trên máy này và đã có chứng thư; đầu ghi nơi khác cần một tên khác.",
            f"{name} runs on this machine and has its certificate; one elsewhere needs another name.",
        )
    try:
        descriptor = os.open(arguments.to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        sys.exit(f"{arguments.to}: {error.strerror}")
    django.setup()
    from thienly.core.recording.bus_members import issued  # noqa: PLC0415 - it imports models

    authority = membership.authority(conf)
    with os.fdopen(descriptor, "w") as file:
        try:
            pem = issued(
                role=role,
                name=name,
                zone=zone,
                issue=lambda now: authority.issue(role, name, now=now, zone=zone),
            )
            zone_key = Vault.from_file(conf.vault_key).zone_key(zone) if zone else b""
        except BaseException:
            arguments.to.unlink()
            raise
        bundle = Bundle(
            role="recorder" if zone else "centre",
            name=name,
            zone=zone,
            url=_url(conf),
            certificate=pem.decode(),
            authority=authority.public.read_text(),
            zone_key=base64.b64encode(zone_key).decode(),
        )
        file.write(bundle.model_dump_json(indent=1))
    membership.tell_server(conf, now=datetime.now(UTC))
    _say(
        f"{arguments.to}: mang sang máy kia rồi chạy `thienly bus accept`; tệp này chứa bí mật.\n"
        f"{arguments.to}: carry it there and run `thienly bus accept`; it holds secrets."
    )
    return 0


def _url(conf: Conf) -> str:
    if conf.nats_url:
        return conf.nats_url
    host, port = conf.bus_place
    host = (conf.file.bus_names or [host])[0]
    return f"tls://[{host}]:{port}" if ":" in host else f"tls://{host}:{port}"


def _accept(conf: Conf, arguments: argparse.Namespace) -> int:
    try:
        bundle = Bundle.model_validate_json(arguments.file.read_bytes())
    except (OSError, ValidationError) as error:
        sys.exit(f"{arguments.file}: {error}")
    if (conf.bus_keys / "ca.key").exists():
        _end(
            "Đây là máy trung tâm; tệp này dành cho máy khác.",
            "This is the centre's machine; the file is for another.",
        )
    if conf.initialised:
        _fits(conf, bundle)
    conf.bus_keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    conf.data.chmod(0o700)
    conf.keys.chmod(0o700)
    write_private(conf.bus_keys / "ca.pem", bundle.authority.encode())
    if bundle.zone_key:
        write_private(conf.zone_key, base64.b64decode(bundle.zone_key))
    name = bundle.name if bundle.role == "recorder" else ""
    write_private(conf.bus_certificate(name), bundle.certificate.encode())
    if not conf.initialised and name:
        text = f'nats_url = "{bundle.url}"\n\n[[recorders]]\nname = "{name}"\nzone = "{bundle.zone}"\n'
        write_private(conf.data / "thienly.toml", text.encode())
    arguments.file.unlink()
    _say(
        f"Đã nhận chứng thư của {bundle.name}; tệp đã xóa.\n"
        f"The certificate of {bundle.name} is here; the file is gone."
    )
    return 0


def _fits(conf: Conf, bundle: Bundle) -> None:
    """Ends when thienly.toml says something else."""
    wanted = RecorderConf(name=bundle.name, zone=bundle.zone or "main")
    here = {recorder.name: recorder.zone for recorder in conf.file.recorders}
    if bundle.role == "recorder" and here.get(wanted.name) != wanted.zone:
        _end(
            f"thienly.toml ở đây không có đầu ghi {wanted.name} ở vùng {wanted.zone}.",
            f"thienly.toml here has no recorder {wanted.name} in the zone {wanted.zone}.",
        )
    if conf.nats_url != bundle.url:
        _end(
            f'thienly.toml ở đây phải có nats_url = "{bundle.url}".',
            f'thienly.toml here must say nats_url = "{bundle.url}".',
        )


def _revoke(conf: Conf, arguments: argparse.Namespace) -> int:
    role, name = _named(arguments)
    django.setup()
    from thienly.core.recording.bus_members import revoked  # noqa: PLC0415 - it imports models

    authority = membership.authority(conf)
    try:
        revoked(role=role, name=name, revoke=lambda now: authority.revoke(role, name, now=now))
    except Unknown:
        _end(
            f"{name} không có chứng thư còn hiệu lực; `thienly bus list` liệt kê.",
            f"{name} has no certificate that is valid; `thienly bus list` lists them.",
        )
    if membership.tell_server(conf, now=datetime.now(UTC)):
        _say(f"{name}: đã bị ngắt và không vào lại được · cut off, and shut out")
    else:
        _say(
            f"{name}: bị loại khi máy chủ bus đọc lại danh sách (máy chủ riêng: `thienly bus users`).\n"
            f"{name}: shut out once the server has read the list (one of your own: `thienly bus users`)."
        )
    return 0


def _list(conf: Conf, arguments: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    for member in membership.authority(conf).members():
        state = "revoked" if member.revoked else "valid" if member.valid(now) else "ended"
        until = datetime.fromtimestamp(member.until, UTC).date().isoformat()
        entry = {
            "role": member.role,
            "name": member.name,
            "zone": member.zone,
            "until": until,
            "state": state,
        }
        _say(json.dumps(entry) if arguments.json else "  ".join(entry.values()))
    return 0


def _users(conf: Conf, arguments: argparse.Namespace) -> int:
    users = server.users(membership.authority(conf), datetime.now(UTC))
    _say("authorization: " + json.dumps({"users": users}, indent=1))
    return 0
