"""What the settings of client and studio say of a session's deposit."""

from decimal import Decimal

from sessions_app.models import StudioSession
from sessions_app.selectors.prices import deposit_of
from sessions_app.services import prices
from studio.office.selectors.profile import current_profile


def proposed_deposit(session: StudioSession) -> Decimal | None:
    """Return the deposit that the settings say, on the agreed total, else on what the list says; None for none."""
    profile = current_profile()
    is_open = session.total is None and session.terms is None
    total = prices.listed_price(session, profile).total if is_open else session.total
    return deposit_of(total, client=session.client, currency=session.currency, profile=profile)
