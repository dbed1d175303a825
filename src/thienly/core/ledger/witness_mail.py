"""Checkpoints by mail, to people who keep them: what lies in somebody else's mailbox is out of our reach."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from thienly.conf import Conf
from thienly.conf_witness import WitnessConf
from thienly.core.ledger.witness_state import Trouble, WitnessError

_PATIENCE_S = 20
_TEXT = """\
Tệp đính kèm là chữ ký của hệ thống lên nhật ký, từ dòng {first} đến dòng {last}. Hãy giữ thư này: nhờ nó, \
sau này không ai sửa hoặc xóa được các dòng đó mà không bị phát hiện. Kiểm tra: lưu tệp lại rồi chạy
thienly ledger verify --checkpoints TỆP

The attached file holds the system's signatures over its history, from line {first} to line {last}. Please \
keep this message: with it, nobody can later change or remove those lines unnoticed. To check: save the file \
and run
thienly ledger verify --checkpoints FILE
"""


def send(conf: Conf, witness: WitnessConf, *, lines: bytes, first: int, last: int) -> None:
    """One message to all who are to have it. Raises WitnessError when one of them did not get it."""
    message = EmailMessage()
    message["Subject"] = f"Thiên Lý: chữ ký nhật ký {first}–{last} · ledger signatures"
    message["From"], message["To"] = witness.sender, ", ".join(witness.to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=witness.sender.rpartition("@")[2])
    message.set_content(_TEXT.format(first=first, last=last))
    name = f"checkpoints-{first}-{last}.jsonl"
    message.add_attachment(lines, maintype="application", subtype="jsonl", filename=name)
    try:
        with _connected(conf, witness) as server:
            if refused := server.send_message(message):
                raise smtplib.SMTPRecipientsRefused(refused)
    except smtplib.SMTPResponseException as error:
        raise WitnessError(_trouble(error.smtp_code)) from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise WitnessError(_trouble(max(codes))) from error
    except (smtplib.SMTPNotSupportedError, FileNotFoundError) as error:  # no TLS or sign-in, or no secret
        raise WitnessError(Trouble.REFUSED) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise WitnessError(Trouble.AWAY) from error


def _trouble(code: int) -> Trouble:
    """RFC 5321, 4.2.1: 5yz is for good, 4yz may pass."""
    return Trouble.REFUSED if code >= 500 else Trouble.AWAY


def _connected(conf: Conf, witness: WitnessConf) -> smtplib.SMTP:
    trusted = ssl.create_default_context(cafile=str(conf.data / witness.ca_file) if witness.ca_file else None)
    if witness.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            witness.server, witness.port, timeout=_PATIENCE_S, context=trusted
        )
    else:
        server = smtplib.SMTP(witness.server, witness.port, timeout=_PATIENCE_S)
    try:
        if witness.tls == "starttls":
            server.starttls(context=trusted)
        if witness.user:
            server.login(witness.user, conf.witness_secret(witness.name).read_text().strip())
    except BaseException:
        server.close()
        raise
    return server
