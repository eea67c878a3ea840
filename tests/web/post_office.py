"""A mail server in the process of a test: keeps what it is sent, says that it is busy, refuses, or hangs up."""

from __future__ import annotations

import email
import email.policy
import re
import socketserver
import threading
from email.message import EmailMessage
from typing import Any


class Post(socketserver.ThreadingTCPServer):
    """`busy`: not now; `refused`: recipients it knows nothing of; `before_answer`: called with each mail before it is taken."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.busy = False
        self.refused: set[str] = set()
        self.before_answer: Any = None
        super().__init__(("127.0.0.1", 0), _Talk)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def read(self, number: int = -1) -> EmailMessage:
        """A mail that was taken."""
        found = email.message_from_bytes(self.mails[number], policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def close(self) -> None:
        """No more mail."""
        self.shutdown()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        self.wfile.write(b"220 here\r\n")
        to = ""
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                mail = []
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    mail.append(text)
                if server.before_answer is not None:
                    server.before_answer(b"".join(mail))
                try:
                    self.wfile.write(b"250 kept\r\n")
                    self.wfile.flush()
                except OSError:
                    return
                server.mails.append(b"".join(mail))
                server.recipients.append(to)
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            elif word == b"RCPT":
                to = (re.findall(rb"<(.*?)>", line) or [b""])[0].decode()
                self.wfile.write(b"550 nobody of that name\r\n" if to in server.refused else b"250 ok\r\n")
            else:
                self.wfile.write(b"451 busy\r\n" if server.busy and word == b"MAIL" else b"250 ok\r\n")


def link_of(mail: EmailMessage, purpose: str) -> str:
    """The path of the link of a mail, of `confirm`, `list` or `end`."""
    found = re.search(rf"https?://[^/\s]+(/watch/{purpose}/\S+)", str(mail.get_content()))
    assert found is not None, mail.get_content()
    return found[1]
