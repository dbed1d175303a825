"""A real SMTP server for tests, in a thread: it keeps what it is sent, or refuses it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """`refuses`: what it answers to the next recipient instead of taking the message."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refuses: str = ""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """RFC 5321, as far as a client without TLS asks."""
    box = Mailbox()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 test")
            for line in self.rfile:
                match line.split()[0].upper():
                    case b"EHLO" | b"HELO":
                        self._say("250 test")
                    case b"RCPT" if box.refuses:
                        self._say(box.refuses)
                    case b"DATA":
                        self._say("354 go on")
                        self._take()
                    case b"QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("250 ok")

        def _take(self) -> None:
            lines = []
            for line in self.rfile:
                if line == b".\r\n":
                    break
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            box.messages.append(message)
            self._say("250 kept")

        def _say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join(10)
