"""Witnesses outside: whether they take the signatures over history."""

from collections.abc import Iterator

from thienly.conf import Conf
from thienly.core.ledger.witness_state import FILE, Trouble, states
from thienly.doctor.finding import Finding, ok, warning

_WORDS = {
    Trouble.AWAY: ("không liên lạc được", "it cannot be reached"),
    Trouble.REFUSED: ("bị từ chối", "it refuses"),
    Trouble.CONFLICT: ("đang giữ nội dung khác", "it holds something else"),
}
_TODO = {
    Trouble.AWAY: (
        "Kiểm tra mạng, máy chủ hoặc ổ đĩa đó; nhật ký vẫn được ghi, chữ ký còn thiếu sẽ gửi sau.",
        "Look at the network, that server or disk; history goes on, what is missing is sent later.",
    ),
    Trouble.REFUSED: (
        "Kiểm tra tài khoản, quyền ghi và keys/witness-<tên>.secret.",
        "Look at the account, its right to write, and keys/witness-<name>.secret.",
    ),
    Trouble.CONFLICT: (
        "Giữ nguyên cả hai phía, chạy `thienly ledger witness` rồi so sánh: một bên đã bị sửa.",
        "Leave both as they are, run `thienly ledger witness` and compare: one of them was rewritten.",
    ),
}


def check(conf: Conf) -> Iterator[Finding]:
    found = states(conf)
    for one in found:
        name = "ledger_witness" if one.name == FILE else one.name
        if one.trouble:
            since = f"{one.since:%Y-%m-%d %H:%M} UTC" if one.since else ""
            vi, en = _WORDS[one.trouble]
            yield warning(
                "ledger.witness",
                f"nơi giữ chữ ký nhật ký “{name}” {vi} từ {since}; đã có đến dòng {one.seq}",
                f"witness of history “{name}”: {en}, since {since}; it holds signatures up to line {one.seq}",
                *_TODO[one.trouble],
            )
    if found and not any(one.trouble for one in found):
        yield ok(
            "ledger.witness",
            f"{len(found)} nơi bên ngoài giữ chữ ký nhật ký",
            f"{len(found)} witnesses outside hold signatures over history",
        )
