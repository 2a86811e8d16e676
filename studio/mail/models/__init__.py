"""The outbox; every schema has its own."""

from studio.mail.models.email_message import EmailAttachment, EmailMessage, EmailState

__all__ = ["EmailAttachment", "EmailMessage", "EmailState"]
