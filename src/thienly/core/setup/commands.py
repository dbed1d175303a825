"""`thienly init [--file FILE]`."""

from collections.abc import Callable
from getpass import getpass
from pathlib import Path

from thienly.conf import Conf
from thienly.core.setup.answers import load
from thienly.core.setup.install import install
from thienly.core.setup.keyring import public_key_file
from thienly.core.setup.questions import Read, ask
from thienly.core.setup.sentences import INSTALLED_ALREADY, Refusal, WrongAnswers

DONE = (
    "\nĐã cài đặt trong {data}. Chạy: thienly up\n"
    "Hãy cất bản sao của {keys} và {public} ở nơi khác.\n\n"
    "Installed in {data}. Run: thienly up\n"
    "Keep copies of {keys} and {public} elsewhere."
)


def init(
    conf: Conf,
    file: Path | None,
    *,
    say: Callable[[str], object],
    read: Read = input,
    read_secret: Read = getpass,
) -> int:
    """Returns 0, or 1 when nothing was installed; `say` has then been told why."""
    given: dict[str, str] = {}
    while True:
        try:
            if conf.initialised:
                raise Refusal(INSTALLED_ALREADY.about(data=conf.data))
            answers = load(file) if file else ask(say=say, read=read, read_secret=read_secret, given=given)
            install(conf=conf, answers=answers)
            break
        except Refusal as refusal:
            for sentence in refusal.sentences:
                say(str(sentence))
            if file or not isinstance(refusal, WrongAnswers):
                return 1
        except (EOFError, KeyboardInterrupt):
            say("\nĐã dừng, chưa cài đặt gì.\nStopped; nothing was installed.")
            return 1
    say(DONE.format(data=conf.data, keys=conf.keys, public=public_key_file(conf)))
    return 0
