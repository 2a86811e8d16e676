"""What became of the sessions that an outage displaced, and who has heard of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sessions_app.selectors.told import TONES, SentMail
from studio.mail.models import EmailMessage, EmailState
from training.models import MachineOutage, OutageCase


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A session that was in the way.

    mail: None where none was written
    is_due: whether somebody has to be called yet
    """

    case: OutageCase
    mail: SentMail | None
    is_due: bool


def cases_of(outage: MachineOutage) -> Sequence[ShownCase]:
    """Return the cases of an outage, by where the sessions stood.

    queries: 3
    """
    rows = outage.cases.select_related("session__machine", "session__member", "session__session_type")
    cases = list(rows.order_by("was_starts_at", "pk"))
    due = set(outage.cases.to_phone().values_list("pk", flat=True))
    mails: dict[str, SentMail] = {}
    for mail in EmailMessage.objects.filter(about__in={case.mail_about for case in cases if case.letter}):
        state = EmailState(mail.state)
        mails[mail.about] = SentMail(mail.recipient, str(state.label), TONES[state], mail.last_error)
    return [ShownCase(case, mails.get(case.mail_about) if case.letter else None, case.pk in due) for case in cases]
