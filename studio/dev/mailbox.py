"""The demonstration's mail server: it keeps every mail as a file, tells of it, and sends none on."""

import asyncio
import re
import signal
import socket
import sys
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP, Envelope, Session

FIRST_PORT, LAST_PORT = 2525, 2999
LOOPBACK = "127.0.0.1"
LINK = re.compile(r"https?://\S+")
UNUSUAL = re.compile(r"[^A-Za-z0-9@.+_-]")
NAME_LENGTH = 100


def listening_socket(first: int = FIRST_PORT, last: int = LAST_PORT) -> socket.socket:
    """Return a socket of this machine's own that listens already, so that nothing comes too early.

    first, last: the ports to choose from
    raises: OSError when every port is taken
    """
    for port in range(first, last):
        try:
            return socket.create_server((LOOPBACK, port))
        except OSError:
            continue
    return socket.create_server((LOOPBACK, last))


def told(letter: EmailMessage, recipient: str) -> str:
    """Return the line that tells of a mail: for whom, about what, and the first link in it."""
    body = letter.get_body(("plain", "html"))
    link = LINK.search(str(body.get_content())) if body else None
    parts = [f"Mail for {recipient}", str(letter["Subject"] or ""), link[0] if link else ""]
    line = ": ".join(part for part in parts if part)
    return "".join(character for character in line if character.isprintable())


class Mailbox(Message):
    """What the server does with each mail."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def prepare_message(self, session: Session, envelope: Envelope) -> EmailMessage:
        """Return the mail as it came, and for whom."""
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.SMTP)
        letter["X-RcptTo"] = ", ".join(envelope.rcpt_tos)
        return letter

    def handle_message(self, message: Any) -> None:
        """Keep a mail and tell of it."""
        recipient = str(message["X-RcptTo"])
        self._keep(message.as_bytes(), recipient)
        sys.stdout.write(f"{told(message, recipient)}\n")
        sys.stdout.flush()

    def _keep(self, content: bytes, recipient: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the links open accounts
        stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{UNUSUAL.sub('_', recipient)[:NAME_LENGTH]}"
        number = 1
        while (file := self.folder / (f"{stem}.eml" if number == 1 else f"{stem}-{number}.eml")).exists():
            number += 1
        file.write_bytes(content)


def serve(listening: socket.socket, folder: Path) -> None:
    """Take mails until asked to stop."""
    loop, mailbox = asyncio.new_event_loop(), Mailbox(folder)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, loop.stop)
    listened = loop.create_server(lambda: SMTP(mailbox, hostname="localhost", loop=loop), sock=listening)
    loop.run_until_complete(listened)
    loop.run_forever()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))
