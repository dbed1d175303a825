"""verify.html and README.txt, as they go into every package.

The page is one file: its modules (evidence/pagefiles/*.js) are joined here, in the order in which they
need each other, and the policy in its head names their digest, so that no other script runs in it and
nothing reaches the network.
"""

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from thienly.evidence.words import words

MODULES = (
    *("bytes", "sha", "ed25519", "container", "boxes", "proof", "movie"),
    *("contents", "diagnosis", "clip", "history", "verify", "text", "app"),
)
_IMPORT = re.compile(r'^import .*? from "\./[a-z0-9]+\.js";\n', re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_NAMED = re.compile(r"^(?:export )?(?:async )?(?:const|let|function|class) ([A-Za-z0-9_]+)", re.MULTILINE)


@cache
def page() -> bytes:
    """verify.html. Raises ValueError when two modules use a name: joined, they share one scope."""
    folder = files("thienly.evidence").joinpath("pagefiles")
    sources = [folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in MODULES]
    names = [name for source in sources for name in _NAMED.findall(source)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"in two modules of the page: {', '.join(sorted(twice))}")
    told = f"const WORDS = {json.dumps(words(), ensure_ascii=False, sort_keys=True)};\n"
    script = (
        '"use strict";\n' + told + "".join(_EXPORT.sub("", _IMPORT.sub("", source)) for source in sources)
    )
    style = folder.joinpath("verify.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; media-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    template = folder.joinpath("verify.html").read_text(encoding="utf-8")
    filled = template.replace("{policy}", policy).replace("{style}", style)
    return filled.replace("{script}", script).encode()


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def readme(key_id: str) -> bytes:
    """In both languages, with the id of the organisation's key to be compared."""
    return (
        "GÓI DỮ LIỆU CAMERA CÓ CHỮ KÝ\n\n"
        "1. Mở verify.html bằng trình duyệt (không cần mạng), chọn tệp zip này.\n"
        "2. Đối chiếu mã khóa với mã do đơn vị giao công bố qua kênh khác:\n"
        f"   {key_id}\n"
        "3. cover.html là biên bản để in. Hình nằm trong thư mục clips, phát được bằng mọi trình phát.\n"
        "   Không đổi tên, không sửa, không nén lại gói.\n\n"
        "SIGNED PACKAGE OF CAMERA FOOTAGE\n\n"
        "1. Open verify.html in a browser (no network needed) and choose this zip file.\n"
        "2. Compare the key above with the one that the organisation has published elsewhere.\n"
        "3. cover.html is the record to be printed. The clips play in any player.\n"
        "   Do not rename, change or compress anything.\n"
    ).encode()
