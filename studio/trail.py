"""What was done to a row, as its history page shows it; who keeps the trail stands above and is registered here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from studio.showing import stored_moment

MOST = 200

VERBS = {
    "create": _("created"),
    "change": _("changed"),
    "delete": _("deleted"),
    "book": _("booked"),
    "move": _("moved"),
    "cancel": _("cancelled"),
    "confirm": _("confirmed"),
    "start": _("started"),
    "stop": _("stopped"),
    "complete": _("completed"),
    "no_show": _("marked as no-show"),
    "check_in": _("checked in"),
    "undo": _("taken back"),
    "reprice": _("priced anew"),
    "charge": _("charged"),
    "uncharge": _("charge taken back"),
    "charge_fee": _("fee decided"),
    "waive": _("fee waived"),
    "extend": _("extended"),
    "renew": _("renewed"),
    "upgrade": _("upgraded"),
    "pause": _("paused"),
    "remind": _("reminded of"),
    "unpause": _("went on with"),
    "hold": _("held"),
    "expire": _("expired"),
    "challenge": _("challenged"),
    "lose": _("lost to another"),
    "promote": _("moved up in the line"),
    "wait": _("put on the waitlist"),
    "offer": _("offered a slot"),
    "request": _("requested"),
    "ask_payment": _("asked for the payment of"),
    "split": _("split"),
    "retire": _("put out of use"),
    "reinstate": _("put back into use"),
    "plan": _("planned"),
    "end": _("ended early"),
    "call_off": _("called off"),
    "call": _("called somebody about"),
    "enter": _("entered afterwards"),
    "assign": _("put somebody or something on"),
    "unassign": _("took somebody or something off"),
    "send": _("sent to maintenance"),
    "send_out": _("sent"),
    "sign": _("signed"),
    "reject": _("declined"),
    "hand_over": _("handed over"),
    "print": _("had the file made of"),
    "reprint": _("made the file anew of"),
    "find": _("found the file missing or changed of"),
    "invoice": _("invoiced"),
    "adjust": _("adjusted"),
    "return": _("took back into service"),
    "convert": _("converted"),
    "issue": _("issued"),
    "receive": _("received"),
    "take_back": _("taken back as a mistake"),
    "refund": _("paid back"),
    "settle": _("settled"),
    "replay": _("had dealt with again"),
    "ask": _("asked for"),
    "lead_to_pay": _("led the client to Stripe to pay"),
    "merge": _("merged"),
    "unmerge": _("took apart again"),
    "tell_apart": _("told apart"),
    "export": _("exported from"),
    "store": _("stored"),
    "adopt": _("taken over"),
    "rename": _("renamed"),
    "invite": _("invited"),
    "back_up": _("had a backup made"),
    "let_mails_go": _("let mails leave"),
    "restore": _("restored"),
    "swap": _("put into its original's place"),
    "discard": _("discarded"),
    "withdraw": _("withdrew the invitation of"),
    "accept": _("accepted"),
    "grant": _("gave a role to"),
    "revoke": _("took a role or a device from"),
    "revoke_feed": _("revoked"),
    "sign_out": _("signed out"),
    "deactivate": _("closed"),
    "reactivate": _("opened again"),
    "retry": _("sent again"),
    "open": _("opened"),
    "close": _("closed"),
    "reopen": _("opened again"),
    "resume": _("resumed setting up"),
    "suspend": _("suspended"),
    "approve": _("approved"),
    "deliver": _("delivered"),
    "withdraw_approval": _("took the approval back of"),
    "resolve": _("resolved"),
    "check": _("checked the schema of"),
}


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One act.

    changes: (field, old, new), each as text
    """

    at: datetime
    who: str
    verb: str
    reason: str
    changes: Sequence[tuple[str, str, str]]

    @property
    def act(self) -> str:
        """The verb as people read it."""
        return str(VERBS.get(self.verb, self.verb))


type Reader = Callable[[models.Model, int], Sequence[TrailLine]]

_readers: list[Reader] = []


def read_with(reader: Reader) -> None:
    """Name the function that reads the trail: (row, how many at most) -> lines, newest first."""
    _readers[:] = [reader]


def trail_of(row: models.Model) -> Sequence[TrailLine]:
    """Return what was done to a row, newest first."""
    return _readers[0](row, MOST) if _readers else ()


def field_label(model: type[models.Model], name: str) -> str:
    """Return a field as people read it."""
    try:
        return str(getattr(model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name.replace("_", " ")


def value_text(model: type[models.Model], name: str, value: Any) -> str:
    """Return a stored value as people read it: the word of a choice, a date in full, "-" for nothing.

    name: of a column, or of what stands for one, e.g. the end of a period
    """
    if value is None or value in ("", [], {}):
        return "-"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list | dict):
        return _listed(value)
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        field = None
    if isinstance(value, str) and (field is None or isinstance(field, models.DateField)):
        return stored_moment(value) or value
    words = dict(getattr(field, "flatchoices", ()) or ())
    return str(words.get(value, value))


def _listed(value: Any) -> str:
    """Return what a list or a small table holds, e.g. "jazz, soul" or "site: an address"."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_listed(part)}" for name, part in value.items() if part not in ("", None))
    return ", ".join(_listed(part) for part in value) if isinstance(value, list) else str(value)
