"""A real mail server on this machine that keeps what it accepts."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Keeps what it accepts; answers otherwise when told to."""

    def __init__(self) -> None:
        self.accepted: list[Envelope] = []
        self.rcpt_answer = self.data_answer = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:  # noqa: N802 -- the library's name
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- the library's name
        if self.data_answer.startswith("250"):
            self.accepted.append(envelope)
        return self.data_answer

    def letters(self) -> list:
        return [message_from_bytes(envelope.content, policy=policy.default) for envelope in self.accepted]


def free_port() -> int:
    for port in range(20000, 32000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and not _is_bound(port):
                return port
    raise AssertionError


def _is_bound(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def speak_to(django_settings, port: int) -> None:
    mailers = deepcopy(django_settings.MAILERS)
    mailers["default"] = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 5},
    }
    django_settings.MAILERS = mailers


@contextmanager
def serving(django_settings) -> Iterator[Sink]:
    """Run a sink that the product's mails go to."""
    keeper = Sink()
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port())
    controller.start()
    speak_to(django_settings, controller.port)
    try:
        yield keeper
    finally:
        controller.stop()
