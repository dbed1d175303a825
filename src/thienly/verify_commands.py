"""`thienly verify …`: is footage what was signed? Segment files, what this machine holds, or a package."""

import argparse
from pathlib import Path

from thienly.conf import Conf


def parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = "check that footage is what the recorder signed; works offline"
    verify = commands.add_parser("verify", help=words, description=words)
    verify.set_defaults(run=_verify)
    verify.add_argument(
        "files", type=Path, nargs="*", metavar="FILE", help="segment files, or one package (zip or folder)"
    )
    verify.add_argument("--camera", default="", help="instead: what this machine holds of a camera (its id)")
    verify.add_argument("--from", dest="from_", default="", help="with --camera: 2026-11-17T14:20:05")
    verify.add_argument("--until", default="", help="with --camera")
    verify.add_argument(
        "--public-key", type=Path, help="the recorder's public keys; of a package, the organisation's (PEM)"
    )
    verify.add_argument("--json", action="store_true")
    verify.add_argument("--key-id", default="", help="of a package: the id of the organisation's key")
    verify.add_argument("--revoked", type=Path, help="of a package: keys that were revoked; see docs")
    verify.add_argument(
        "--page", type=Path, metavar="FILE", help="instead: write verify.html, to hand it out"
    )
    verify.add_argument("--language", choices=["vi", "en"], default="vi", help="of a package")


def _verify(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly import evidence_commands

    if arguments.page:
        return evidence_commands.write_page(arguments.page, say=_say)
    if evidence_commands.is_meant(arguments.files):
        return evidence_commands.verify(
            arguments.files[0],
            public_key=arguments.public_key,
            key_id=arguments.key_id,
            revoked=arguments.revoked,
            language=arguments.language,
            as_json=arguments.json,
            say=_say,
        )
    from thienly.media.verify import main as verify

    return verify(
        conf,
        paths=arguments.files,
        camera=arguments.camera,
        since=arguments.from_,
        until=arguments.until,
        public_key=arguments.public_key,
        as_json=arguments.json,
        say=_say,
    )


def _say(text: str) -> None:
    print(text, flush=True)
