"""What is wished for a training session: rows that exist, and as many people as its type says."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.errors import DomainError
from training.models import NORMAL, OUTAGE, Attendee, SessionType, TrainingSession
from training.selectors.answers import Wish


class UnknownPart(DomainError):
    """What a session should name does not exist, here or any more."""

    status_code = 400


class WrongAttendee(DomainError):
    """A session is for one member, for one guest, or for nobody, as its type says."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody of another studio."""

    first_name: str
    last_name: str
    gym_name: str


def known[Row: models.Model](model: type[Row], row: Row) -> Row:
    """Return a row as it is now.

    raises: UnknownPart, also for one of another studio
    """
    found = model._default_manager.filter(pk=row.pk).first()
    if found is None:
        sentence = _("This %(what)s does not exist (any more). Choose another one.")
        raise UnknownPart(sentence % {"what": model._meta.verbose_name})
    return found


def type_on_offer(session_type: SessionType | None, session: TrainingSession | None = None) -> SessionType:
    """Return a type that new sessions may have, or the one that the session has; an outage is planned, not booked."""
    found = SessionType.objects.filter(code=session_type.code if session_type else NORMAL).first()
    has_it = session is not None and found is not None and session.session_type_id == found.code
    if found is None or not (has_it or (found.is_active and found.code != OUTAGE)):
        raise UnknownPart(_("This session type is not on offer. Choose another one."))
    return found


def require_attendee(wish: Wish, guest: Guest | None) -> None:
    """Pass when as many are named as the type says, and of the sort it says.

    raises: WrongAttendee
    """
    attendee, name = Attendee(wish.session_type.attendee), str(wish.session_type)
    if wish.member is not None and guest is not None:
        raise WrongAttendee(_("A session has one member or one guest, not both."))
    if attendee == Attendee.NOBODY and (wish.member or guest):
        raise WrongAttendee(_("%(type)s keeps a slot free, so nobody is named.") % {"type": name})
    if attendee == Attendee.GUEST:
        if wish.member is not None:
            raise WrongAttendee(_("%(type)s sessions are for guests, not for members.") % {"type": name})
        parts = (guest.first_name, guest.last_name, guest.gym_name) if guest else ("",)
        if not all(part.strip() for part in parts):
            raise WrongAttendee(_("Name the guest: first name, last name and the studio they come from."))
    elif guest is not None:
        raise WrongAttendee(_("%(type)s sessions are for members, not for guests.") % {"type": name})
    elif attendee != Attendee.NOBODY and wish.member is None:
        raise WrongAttendee(_("Choose the member whose session it is."))


def draft(wish: Wish, guest: Guest | None, notes: str) -> TrainingSession:
    """Return a new session as it is wished for, its facts checked; nothing is saved.

    raises: facts.BadFacts
    """
    session = TrainingSession(
        machine=wish.machine,
        member=wish.member,
        session_type=wish.session_type,
        trainer=wish.trainer,
        trainer_label=wish.trainer.name if wish.trainer else "",
        current_participants=int(bool(wish.member or guest)),
        scheduled_start=wish.starts_at,
        scheduled_end=wish.ends_at,
    )
    given = {"notes": notes}
    if guest:
        given |= {"guest_first_name": guest.first_name.strip(), "guest_last_name": guest.last_name.strip()}
        given |= {"guest_gym_name": guest.gym_name.strip()}
    facts.set_facts(session, given)
    return session
