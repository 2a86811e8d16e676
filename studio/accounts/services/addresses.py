"""The e-mail addresses of accounts."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.errors import DomainError


class EmailInvalid(DomainError):
    """The address cannot be one."""

    status_code = 400


def clean_email(email: str) -> str:
    """Return an address as it is stored.

    raises: EmailInvalid
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as exc:
        raise EmailInvalid(_("This is not an e-mail address.")) from exc
    return email


@transaction.atomic
def ensure_address(*, user: User) -> None:
    """Give an account made without one its row among the addresses, which sign-in and reset read."""
    if not EmailAddress.objects.filter(user=user).exists():
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=user.email_verified)


@transaction.atomic
def note_address_state(*, user: User) -> None:
    """Bring `email_verified` to what the account's own address says."""
    verified = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    User.objects.filter(pk=user.pk).exclude(email_verified=verified).update(email_verified=verified)
    user.email_verified = verified
