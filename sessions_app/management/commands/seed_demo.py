"""Two studios to look around in, with a login for every role."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from sessions_app.models import CalendarFeed, SessionAssignment, StudioSession, TimeEntry
from sessions_app.services import (
    demonstration,
    demonstration_clients,
    demonstration_crew,
    demonstration_notices,
    demonstration_prices,
    demonstration_time,
    demonstration_tracks,
    demonstration_waiting,
)
from sessions_app.signals import demonstration_made, demonstration_wanted
from studio.accounts.models import RoleName, User
from studio.accounts.services import users
from studio.clock import local_day
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened
from studio.tenancy.context import as_owner, inside, on_platform
from studio.tenancy.models import Domain, PaymentAccount, Studio, StudioKind
from studio.tenancy.selectors.registry import origin_of
from studio.tenancy.services import payment_accounts, studios

DUMP = settings.BASE_DIR / "tests" / "data" / "legacy" / "tenant_1.sql.gz"
BUSIEST_WEEK = date(2025, 10, 13)  # of the dump; it becomes this week
PASSWORD = "let-me-look-around"  # noqa: S105 -- printed on the terminal, for invented people on one machine
PEOPLE = {
    RoleName.OWNER: "Olive Owner",
    RoleName.MANAGER: "Milo Manager",
    RoleName.ENGINEER: "Edith Engineer",
    RoleName.FRONT_DESK: "Fred Frontdesk",
    RoleName.ACCOUNTANT: "Ada Accountant",
    RoleName.TRAINER: "Theo Trainer",
    RoleName.READ_ONLY: "Rita Reader",
}
OPERATOR = "operator@platform.example"


@contextmanager
def step(studio: Studio) -> Iterator[None]:
    """Enter a studio and its clock for one step, there whole or not at all: what its guard finds has been finished."""
    with inside(studio), timezone.override(ZoneInfo(studio.time_zone)), transaction.atomic():
        yield


class Command(BaseCommand):
    """Make what is missing of the demonstration and print how to get in; a second run takes seconds.

    A run that was interrupted is gone on with by the next.
    """

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where clients pay."""
        parser.add_argument("--stand-in", default="", help="Where something stands in for Stripe; clients pay there.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Seed; refuse where real studios live."""
        if settings.PLATFORM_HOST != "localhost":
            raise CommandError("The demonstration has known passwords: it is made on PLATFORM_HOST=localhost only.")
        now = timezone.now()
        sunset = self._studio("Sunset Recording", "sunset", StudioKind.RECORDING, now)
        self._fill(sunset, now)
        pulse = self._studio("Pulse Training", "pulse", StudioKind.TRAINING, now)
        for studio in (sunset, pulse):
            self._people(studio, now)
        self._crew(sunset, now)
        self._hours(sunset, now)
        self._notices(sunset, now)
        self._waiting(sunset, now)
        self._tracks(sunset, now)
        self._payments(sunset)
        for studio in (sunset, pulse):
            with step(studio):
                demonstration_wanted.send(sender=Studio, studio=studio, now=now, say=self._say)
            self._made(studio, options["stand_in"])
        self._operator(now)
        self._print([sunset, pulse])

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def _studio(self, name: str, slug: str, kind: str, now: datetime) -> Studio:
        with as_owner():
            found = Studio.objects.filter(slug=slug).first()
        if found:
            studios.provision_studio(found)
            return found
        begun = time.monotonic()
        made = studios.create_studio(name=name, kind=kind, slug=slug, now=now)
        self._say(f"  {name}: opened in {time.monotonic() - begun:.1f} s.")
        return made

    def _fill(self, studio: Studio, now: datetime) -> None:
        with inside(studio):
            if StudioSession.objects.exists():
                return
        begun = time.monotonic()
        zone = ZoneInfo(studio.time_zone)
        today = local_day(now, zone)
        monday = today - timedelta(days=today.weekday())
        with opened(str(Path(DUMP))) as source, step(studio):
            report = adopt(source=source, studio=studio, now=now, shift=monday - BUSIEST_WEEK)
            self._say(f"  {studio.name}: {report.created} rows of a former database taken over.")
            demonstration.link_projects()
            demonstration_prices.write_price_list(now=now)
            made = demonstration.fill_week(monday=monday, zone=zone, now=now)
            demonstration.tidy_past(now=now)
            demonstration_prices.charge_some(now=now)
            demonstration_clients.introduce_clients(now=now)
        self._say(f"  {studio.name}: {made} sessions booked this week, in {time.monotonic() - begun:.1f} s.")

    def _people(self, studio: Studio, now: datetime) -> None:
        with inside(studio):
            for role, name in PEOPLE.items():
                email = f"{role.value.replace('_', '')}@{studio.slug}.example"
                if not User.objects.filter(email=email).exists():
                    users.create_account(
                        email=email, name=name, password=PASSWORD, email_verified=True, role=role, actor=None, now=now
                    )

    def _crew(self, studio: Studio, now: datetime) -> None:
        """Put people and equipment on this week's sessions; after the accounts, which are among them."""
        with step(studio):
            if SessionAssignment.objects.exists():
                return
            zone = ZoneInfo(studio.time_zone)
            today = local_day(now, zone)
            monday = today - timedelta(days=today.weekday())
            demonstration_crew.tidy_equipment(today=today, now=now)
            made = demonstration_crew.staff_week(monday=monday, zone=zone, now=now)
            away = demonstration_crew.send_some_away(monday=monday, zone=zone, now=now)
        self._say(f"  {studio.name}: {made} people and things on this week's sessions, {away} absences.")

    def _hours(self, studio: Studio, now: datetime) -> None:
        zone = ZoneInfo(studio.time_zone)
        today = local_day(now, zone)
        with step(studio):
            if TimeEntry.objects.filter(person__isnull=False).exists():
                return
            workers = User.objects.filter(role_links__group__name__in=[RoleName.ENGINEER, RoleName.MANAGER])
            made = demonstration_time.fill_hours(
                people=list(workers.order_by("name")),
                monday=today - timedelta(days=today.weekday()),
                zone=zone,
                now=now,
            )
        self._say(f"  {studio.name}: {made} stretches of work, one of them running.")

    def _notices(self, studio: Studio, now: datetime) -> None:
        """Remind clients of what begins soon, and make feeds; their addresses are known at this moment only."""
        with step(studio):
            if CalendarFeed.objects.exists():
                return
            reminded = demonstration_notices.tell_clients(now=now)
            for each in demonstration_notices.make_feeds(now=now):
                self._say(f"  {studio.name}: calendar feed, {each.feed.name}: {each.address}")
        self._say(f"  {studio.name}: {reminded} clients reminded of a session.")

    def _waiting(self, studio: Studio, now: datetime) -> None:
        """Let something repeat, and people wait for slots; after the accounts, whom the news is for."""
        zone = ZoneInfo(studio.time_zone)
        today = local_day(now, zone)
        with step(studio):
            monday = today - timedelta(days=today.weekday())
            demonstration_waiting.show_waiting(monday=monday, zone=zone, now=now)

    def _tracks(self, studio: Studio, now: datetime) -> None:
        """Give a project something to hear, and a link for somebody without an account."""
        with inside(studio):
            actor = User.objects.filter(email=f"engineer@{studio.slug}.example").first()
            token = demonstration_tracks.fill_project(actor=actor, now=now)
        if token:
            with as_owner():
                host = Domain.objects.get(studio=studio, is_primary=True).domain
            self._say(f"  {studio.name}: a share link to listen to: {origin_of(host)}/listen/{token}/")

    def _payments(self, studio: Studio) -> None:
        """Let what clients pay online go to the account of the platform's key."""
        with on_platform():
            if not PaymentAccount.objects.filter(studio=studio).exists():
                payment_accounts.assign_account(studio=studio, account="", by="the demonstration")

    def _made(self, studio: Studio, stand_in: str) -> None:
        """Let follow what asks others than the database, each in transactions of its own."""
        with inside(studio), timezone.override(ZoneInfo(studio.time_zone)):
            told: dict[str, Any] = {"stand_in": stand_in, "clock": timezone.now, "say": self._say}
            demonstration_made.send(sender=Studio, studio=studio, **told)

    def _operator(self, now: datetime) -> None:
        with on_platform():
            if not User.objects.filter(email=OPERATOR).exists():
                users.create_account(
                    email=OPERATOR,
                    name="Otto Operator",
                    password=PASSWORD,
                    email_verified=True,
                    role=RoleName.OPERATOR,
                    actor=None,
                    now=now,
                )

    def _print(self, made: list[Studio]) -> None:
        self._say(f"\nEvery password is: {PASSWORD}\n")
        self._say(f"Platform   {origin_of(settings.PLATFORM_HOST)}/")
        self._say(f"           {OPERATOR}")
        for studio in made:
            with as_owner():
                host = Domain.objects.get(studio=studio, is_primary=True).domain
            self._say(f"{studio.name}   {origin_of(host)}/admin/")
            for role, name in PEOPLE.items():
                self._say(f"           {role.value.replace('_', '')}@{studio.slug}.example   {name}")
