"""The one table of rights: which role may do what to which model, and to whose rows.

`services/role_groups.py` writes the groups and permissions of every schema from it. A new model is entered
here; a test fails for one that no role mentions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from studio.accounts.models import RoleName


class Verb(StrEnum):
    """What can be done to a model; named rights of a model stand beside these."""

    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"


class Scope(StrEnum):
    """Whose rows: everybody's, or those that name the person."""

    ALL = "all"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Right:
    """Verbs on a model.

    model: `app_label.model`
    verbs: the four of `Verb`
    named: code names out of the model's own `Meta.permissions`
    """

    model: str
    verbs: frozenset[Verb]
    scope: Scope = Scope.ALL
    named: frozenset[str] = frozenset()


SEE = frozenset({Verb.VIEW})
MAKE = frozenset({Verb.VIEW, Verb.ADD})
KEEP = frozenset({Verb.VIEW, Verb.ADD, Verb.CHANGE})
FULL = frozenset(Verb)

PEOPLE = ("accounts.user", "accounts.userrole", "accounts.invitation")
RECORDS = ("accounts.accountsession", "accounts.auditevent", "accounts.loginsession")
HOURS = ("office.openinghours", "office.closure")
HOUSE = ("office.studioprofile", *HOURS)
FILES = ("office.storedfile",)  # the audio of every track is among them
UPLOADS = ("office.pendingfile",)
ADOPTED = ("office.adoptionsource", "office.adoptionlink", "office.adoptionrow")
MAIL = ("mail.emailmessage",)
NOTICES = ("sessions_app.sessionnotice",)
NOTICE_WORDS = ("sessions_app.noticetext",)
FEEDS = ("sessions_app.calendarfeed",)
CLIENTS = (
    "sessions_app.client",
    "sessions_app.clientcontact",
    "sessions_app.clientnote",
    "sessions_app.companymember",
)
# Acts on many clients at once: telling duplicates apart or together, taking in lists.
MERGES = ("sessions_app.clientdistinction", "sessions_app.clientmerge")
IMPORTS = ("sessions_app.clientimport", "sessions_app.clientimportrow")
CLIENT_LIST = Right("sessions_app.client", frozenset({Verb.VIEW}), named=frozenset({"export_client"}))
WORK = ("sessions_app.project", "sessions_app.studiosession")
USE = ("sessions_app.sessionday",)  # what sessions add up to, day by day
QUEUE = ("sessions_app.sessionseries", "sessions_app.waitlistentry")
# Written by what is done to sessions, never by hand.
ANSWERS = ("sessions_app.holdchallenge", "sessions_app.sessionrequest", "sessions_app.waitlistoffer")
TRACKS = (
    "sessions_app.track",
    "sessions_app.trackversion",
    "sessions_app.trackcomment",
    "sessions_app.trackcredit",
    "sessions_app.sharelink",
)
TALENT = ("sessions_app.musician",)
ROOMS = ("sessions_app.room",)
GEAR = ("sessions_app.equipment", "sessions_app.equipmentservice")
PLANS = ("sessions_app.sessionassignment",)
ABSENCES = ("sessions_app.absence",)
TASKS = ("sessions_app.tasktype",)
TIME = ("sessions_app.timeentry",)
# Whoever only looks takes no list along; those who keep their own hours take their own.
TIME_LIST = Right("sessions_app.timeentry", frozenset(), named=frozenset({"export_timeentry"}))
CLOSED_MONTHS = ("sessions_app.closedperiod",)
PRICES = ("sessions_app.pricerule", "sessions_app.bookingpolicy", "sessions_app.policytier")
CHARGES = ("sessions_app.sessionpriceline", "sessions_app.sessionextra", "sessions_app.sessionfee")
LENIENCE = Right("sessions_app.sessionfee", frozenset(), named=frozenset({"waive_sessionfee"}))
HINDSIGHT = Right("sessions_app.studiosession", frozenset(), named=frozenset({"undo_attendance"}))
MACHINES = ("training.machine",)
OUTAGES = ("training.machineoutage", "training.outagecase")
SESSION_TYPES = ("training.sessiontype",)
RULES = frozenset({Verb.VIEW, Verb.CHANGE})
TRAINERS = ("training.trainer",)
MEMBERS = ("training.member",)
IN_AN_EMERGENCY = ("training.emergencycontact",)
REMARKS = ("training.membercomment", "training.bodycheckup")
DORMANT = ("training.dormantrun",)
HEALTH = Right("training.member", frozenset(), named=frozenset({"view_medical_notes"}))
STANDING = Right("training.member", frozenset(), named=frozenset({"steer_member"}))
MEMBER_LIST = Right("training.member", frozenset(), named=frozenset({"export_member"}))
TRAINING = ("training.trainingsession",)
OUTCOMES = ("training.sessionoutcome",)
TAKING_BACK = Right("training.sessionoutcome", frozenset(), named=frozenset({"reopen_sessionoutcome"}))
BEYOND_THE_WEEK = Right("training.trainingsession", frozenset(), named=frozenset({"override_weekly_cap"}))
# What members buy. Whoever sells may give and end plans; credits are moved by what is done, or adjusted with a reason.
PLANS_SOLD = ("training.plan",)
MEMBERSHIPS = ("training.subscription", "training.subscriptionpause")
CREDITS = ("training.creditentry",)
CREDITS_BY_HAND = Right("training.creditentry", frozenset(), named=frozenset({"adjust_creditentry"}))
CERTIFICATES = ("training.trainercertificate",)
PAY = ("training.trainerpay",)
RATES = ("billing.vatrate", "billing.service")
NUMBERS = ("billing.accountnumber",)
BILLED = ("billing.billingdetails",)
INVOICES = (
    "billing.invoice",
    "billing.invoiceitem",
    "billing.invoicesource",
    "billing.invoicetax",
    "billing.invoicededuction",
    "billing.instalment",
    "billing.documentmail",
    *("billing.sessiondeposit", "billing.lateoffer"),
    "billing.reprint",
)
QUOTES = ("billing.quote",)
PACKAGES = ("billing.package",)
CONTRACTS = ("billing.contract", "billing.recurringinvoice")
EXPENSES = ("billing.expense",)
# Written with what they are parts of, or by what is done.
AGREED = (
    *("billing.quoteitem", "billing.quoteversion", "billing.packageentry"),
    *("billing.recurringline", "billing.recurringperiod"),
)
# Written by what is sent and paused, never by hand.
REMINDERS = ("billing.reminderletter", "billing.invoicereminder", "billing.reminderpause")
REMINDER_RULES = ("billing.reminderpolicy",)
REMINDER_WORDS = ("billing.remindertext",)
REMINDING = Right("billing.reminderletter", frozenset(), named=frozenset({"send_reminderletter"}))
PAYMENTS = ("billing.payment", "billing.allocation")
# Written by what clients pay at Stripe, and by what it tells, never by hand.
ONLINE = ("billing.paymentattempt", "billing.refundattempt", "billing.stripeevent")
WHERE_MONEY_GOES = Right("billing.paymentattempt", frozenset(), named=frozenset({"connect_paymentattempt"}))
TILL = ("billing.paymentreceipt", "billing.tillclosing", "billing.cashmove")
TAKEN_UP = ("billing.tillmovement", "billing.receiptpaper")
BOOKS = ("billing.numberseries", "billing.ledgertransaction", "billing.ledgerentry", "billing.ledgerday")
# Drafts are written by whoever issues them; what is issued nobody changes.
ISSUING = Right(
    "billing.invoice", frozenset({Verb.ADD, Verb.CHANGE}), named=frozenset({"issue_invoice", "send_invoice"})
)
TAKING_BACK_MONEY = (
    Right("billing.invoice", frozenset(), named=frozenset({"credit_invoice", "export_invoice"})),
    Right("billing.payment", frozenset(), named=frozenset({"refund_payment"})),
    Right("billing.stripeevent", frozenset(), named=frozenset({"replay_stripeevent"})),
)
OWN_NEWS = (Right("accounts.notification", frozenset({Verb.VIEW, Verb.CHANGE}), Scope.OWN),)


def _rights(verbs: frozenset[Verb], *models: Iterable[str], scope: Scope = Scope.ALL) -> tuple[Right, ...]:
    return tuple(Right(model, verbs, scope) for group in models for model in group)


SELLING = (
    *_rights(FULL, QUOTES),
    *_rights(KEEP, PACKAGES),
    *_rights(SEE, AGREED, CONTRACTS),
    Right("billing.quote", frozenset(), named=frozenset({"send_quote"})),
)
AGREEING = (
    *_rights(KEEP, CONTRACTS, EXPENSES),
    Right("billing.packageentry", frozenset(), named=frozenset({"adjust_packageentry"})),
)

READ_ONLY = (
    *_rights(SEE, TASKS, TIME),
    *_rights(SEE, HOUSE, FILES, CLIENTS, WORK, TALENT, ROOMS),
    *_rights(SEE, QUEUE, ANSWERS, GEAR, PLANS),
    *_rights(SEE, PRICES, CHARGES),
    *_rights(SEE, TRACKS),
    *_rights(SEE, MACHINES, OUTAGES, SESSION_TYPES, TRAINERS, MEMBERS, TRAINING),
    *_rights(SEE, IN_AN_EMERGENCY, REMARKS, DORMANT),
    *_rights(SEE, PLANS_SOLD, MEMBERSHIPS, CREDITS, CERTIFICATES),
    *_rights(SEE, OUTCOMES),
    *_rights(SEE, RATES, BILLED, INVOICES, PAYMENTS, ONLINE, TILL, TAKEN_UP),
    *_rights(SEE, QUOTES, PACKAGES, CONTRACTS, EXPENSES, AGREED),
    *_rights(SEE, REMINDERS, REMINDER_RULES, REMINDER_WORDS),
    *OWN_NEWS,
)

IN_CHARGE = (
    *_rights(FULL, HOUSE, FILES, CLIENTS, IMPORTS, WORK, TALENT, ROOMS),
    *_rights(frozenset({Verb.VIEW, Verb.CHANGE}), MERGES),
    CLIENT_LIST,
    *_rights(SEE, RECORDS),
    *_rights(KEEP, ADOPTED, MAIL, NOTICES, NOTICE_WORDS, FEEDS),
    *_rights(FULL, QUEUE),
    *_rights(SEE, USE),
    *_rights(SEE, ANSWERS),
    *_rights(FULL, TASKS, TIME),
    TIME_LIST,
    *_rights(KEEP, CLOSED_MONTHS),
    *_rights(FULL, GEAR, PLANS, ABSENCES),
    *_rights(FULL, TRACKS),
    *_rights(SEE, UPLOADS),
    *_rights(FULL, PRICES, CHARGES),
    LENIENCE,
    HINDSIGHT,
    *_rights(FULL, MACHINES, TRAINERS, MEMBERS, TRAINING),
    *_rights(KEEP, OUTAGES),
    *_rights(RULES, SESSION_TYPES),
    BEYOND_THE_WEEK,
    *_rights(FULL, IN_AN_EMERGENCY, REMARKS),
    *_rights(MAKE, DORMANT),
    *(HEALTH, STANDING, MEMBER_LIST),
    *_rights(FULL, PLANS_SOLD, CERTIFICATES),
    *_rights(KEEP, MEMBERSHIPS),
    *_rights(SEE, CREDITS, PAY),
    CREDITS_BY_HAND,
    *_rights(MAKE, OUTCOMES),
    TAKING_BACK,
    *_rights(FULL, RATES, BILLED, NUMBERS),
    *_rights(SEE, INVOICES, TAKEN_UP, BOOKS, ONLINE),
    *_rights(MAKE, PAYMENTS, TILL),
    *_rights(SEE, REMINDERS),
    *_rights(RULES, REMINDER_RULES),
    *_rights(FULL, REMINDER_WORDS),
    *(ISSUING, REMINDING, *TAKING_BACK_MONEY),
    *(*SELLING, *AGREEING),
    *OWN_NEWS,
)

TABLE: Mapping[RoleName, tuple[Right, ...]] = {
    RoleName.OWNER: (*_rights(FULL, PEOPLE), WHERE_MONEY_GOES, *IN_CHARGE),
    RoleName.MANAGER: (
        *_rights(KEEP, ("accounts.user",)),
        *_rights(FULL, ("accounts.userrole", "accounts.invitation")),
        *IN_CHARGE,
    ),
    RoleName.ENGINEER: (
        *_rights(SEE, HOUSE, FILES, CLIENTS, ROOMS),
        *_rights(KEEP, WORK, TALENT),
        *_rights(MAKE, ("sessions_app.clientnote",)),
        *_rights(KEEP, QUEUE),
        *_rights(SEE, ANSWERS),
        *_rights(SEE, TASKS),
        *_rights(FULL, TIME, scope=Scope.OWN),
        TIME_LIST,
        *_rights(KEEP, GEAR),
        *_rights(FULL, PLANS),
        *_rights(FULL, ABSENCES, scope=Scope.OWN),
        *_rights(FULL, TRACKS),
        *_rights(SEE, PRICES, CHARGES),
        *_rights(MAKE, ("sessions_app.sessionextra",)),
        *_rights(SEE, MACHINES, OUTAGES, SESSION_TYPES, TRAINERS, TRAINING),
        *OWN_NEWS,
    ),
    RoleName.FRONT_DESK: (
        *_rights(SEE, HOUSE, FILES, ROOMS),
        *_rights(KEEP, CLIENTS, WORK, TALENT),
        *_rights(SEE, IMPORTS, MERGES, MAIL, NOTICES, FEEDS),
        *_rights(KEEP, QUEUE),
        *_rights(SEE, ANSWERS),
        *_rights(SEE, TASKS),
        *_rights(FULL, TIME, scope=Scope.OWN),
        TIME_LIST,
        *_rights(KEEP, GEAR),
        *_rights(FULL, PLANS, ABSENCES),
        *_rights(KEEP, TRACKS),
        *_rights(SEE, PRICES),
        *_rights(FULL, CHARGES),
        *_rights(SEE, MACHINES, SESSION_TYPES, TRAINERS, ("training.machineoutage",)),
        *_rights(RULES, ("training.outagecase",)),
        *_rights(KEEP, MEMBERS, TRAINING),
        *_rights(FULL, IN_AN_EMERGENCY),
        *_rights(KEEP, REMARKS),
        *_rights(SEE, DORMANT),
        STANDING,
        *_rights(SEE, PLANS_SOLD, CREDITS, CERTIFICATES),
        *_rights(KEEP, MEMBERSHIPS),
        *_rights(MAKE, OUTCOMES),
        *_rights(SEE, RATES),
        *_rights(KEEP, BILLED),
        *_rights(SEE, INVOICES, TAKEN_UP, ONLINE),
        *_rights(SEE, REMINDERS, REMINDER_RULES, REMINDER_WORDS),
        *_rights(MAKE, PAYMENTS, TILL),
        *(ISSUING, REMINDING, *SELLING),
        *OWN_NEWS,
    ),
    RoleName.ACCOUNTANT: (
        *_rights(SEE, HOUSE, FILES, WORK, TALENT, ROOMS, MAIL),
        *_rights(SEE, ("accounts.auditevent",)),
        *_rights(KEEP, CLIENTS),
        *_rights(SEE, QUEUE, ANSWERS, USE),
        *_rights(SEE, TASKS, TIME, CLOSED_MONTHS),
        TIME_LIST,
        *_rights(SEE, GEAR, PLANS),
        *_rights(SEE, TRACKS),
        *_rights(SEE, PRICES),
        *_rights(FULL, CHARGES),
        LENIENCE,
        *_rights(SEE, MACHINES, OUTAGES, SESSION_TYPES, TRAINERS, MEMBERS, TRAINING),
        *_rights(SEE, PLANS_SOLD, MEMBERSHIPS, CREDITS, PAY),
        *_rights(SEE, OUTCOMES),
        *_rights(FULL, RATES, BILLED, NUMBERS),
        *_rights(SEE, INVOICES, TAKEN_UP, BOOKS, ONLINE),
        *_rights(MAKE, PAYMENTS, TILL),
        *_rights(SEE, REMINDERS),
        *_rights(RULES, REMINDER_RULES),
        *_rights(FULL, REMINDER_WORDS),
        *(ISSUING, REMINDING, *TAKING_BACK_MONEY),
        *(*SELLING, *AGREEING),
        *OWN_NEWS,
    ),
    RoleName.TRAINER: (
        *_rights(SEE, HOURS, ROOMS, CLIENTS),
        *_rights(SEE, WORK, scope=Scope.OWN),
        *_rights(SEE, GEAR),
        *_rights(SEE, PLANS, scope=Scope.OWN),
        *_rights(FULL, ABSENCES, scope=Scope.OWN),
        *_rights(SEE, TRACKS, scope=Scope.OWN),
        *_rights(SEE, MACHINES, OUTAGES, SESSION_TYPES, TRAINERS),
        *_rights(KEEP, MEMBERS, TRAINING),
        *_rights(FULL, IN_AN_EMERGENCY),
        *_rights(KEEP, REMARKS),
        HEALTH,
        *_rights(SEE, CERTIFICATES, PAY, scope=Scope.OWN),
        *_rights(MAKE, OUTCOMES, scope=Scope.OWN),
        *OWN_NEWS,
    ),
    RoleName.READ_ONLY: READ_ONLY,
    RoleName.OPERATOR: (
        *_rights(FULL, PEOPLE),
        *_rights(SEE, RECORDS),
        *_rights(KEEP, MAIL),
        *_rights(KEEP, ("tenancy.studio", "tenancy.domain", "tenancy.paymentaccount")),
        *_rights(SEE, ("tenancy.strayevent",)),
        *_rights(SEE, ("tenancy.capsule", "tenancy.migrationrun", "tenancy.migrationresult", "tenancy.schemareport")),
        *OWN_NEWS,
    ),
}

# Who stands above whom. Equal ranks do not edit each other, the highest excepted.
RANKS: Mapping[RoleName, int] = {
    RoleName.OWNER: 100,
    RoleName.OPERATOR: 100,
    RoleName.MANAGER: 80,
    RoleName.ACCOUNTANT: 50,
    RoleName.ENGINEER: 40,
    RoleName.FRONT_DESK: 40,
    RoleName.TRAINER: 40,
    RoleName.READ_ONLY: 10,
}
HIGHEST = 100
PLATFORM_ROLES = frozenset({RoleName.OPERATOR})
STUDIO_ROLES = frozenset(RoleName) - PLATFORM_ROLES


def roles_of_schema(*, is_studio: bool) -> frozenset[RoleName]:
    """Return the roles that exist in a studio, or on the platform."""
    return STUDIO_ROLES if is_studio else PLATFORM_ROLES


def rank(role_names: Iterable[str]) -> int:
    """Return the highest rank among roles; 0 for nobody's."""
    return max((RANKS[RoleName(name)] for name in role_names if name in RANKS), default=0)


def permission_names(role: RoleName) -> frozenset[str]:
    """Return the permissions of a role as Django names them, `app_label.verb_model`."""
    names = set()
    for right in TABLE[role]:
        app_label, model = right.model.split(".")
        names |= {f"{app_label}.{verb}_{model}" for verb in right.verbs}
        names |= {f"{app_label}.{code}" for code in right.named}
    return frozenset(names)


def scope_of(role_names: Iterable[str], model: str, verb: Verb) -> Scope | None:
    """Return whose rows of a model the holder of roles may treat so; None: nobody's.

    model: `app_label.model`
    """
    scopes = {
        right.scope
        for name in role_names
        if name in RANKS
        for right in TABLE[RoleName(name)]
        if right.model == model and verb in right.verbs
    }
    if not scopes:
        return None
    return Scope.ALL if Scope.ALL in scopes else Scope.OWN
