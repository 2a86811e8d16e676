"""What an operator can do to a studio, each act on a page of its own."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from studio.accounts.requests import actor_of
from studio.admin_tools import ActionForm, ActionPage
from studio.platform.forms import (
    DEFAULT_COUNTRY,
    DEFAULT_ZONE,
    OpenStudioForm,
    OwnerForm,
    ReasonForm,
    currency_of,
)
from studio.platform.services import backups, studios
from studio.tenancy.models import Studio, StudioStatus


class OpenPage(ActionPage):
    """Opening a studio; it stands where other models have their form for a new row."""

    name = "add"
    label = _("Open a studio")
    icon = "add_business"
    question = _("The studio gets an address, a database schema of its own, and its owner is invited by mail.")
    form_class = OpenStudioForm
    opened: Studio | None = None

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what most studios here are."""
        return {"country": DEFAULT_COUNTRY, "time_zone": DEFAULT_ZONE, "language": "en"}

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may add a row."""
        return bool(self.model_admin.has_add_permission(request))

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Open it."""
        typed = form.cleaned_data
        self.opened = studios.open_studio(
            name=typed["name"],
            kind=typed["kind"],
            slug=typed["slug"],
            owner_email=typed["owner_email"],
            country=typed["country"],
            currency=currency_of(typed["country"]),
            time_zone=typed["time_zone"],
            language=typed["language"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("%(studio)s is registered.") % {"studio": self.opened}

    def back(self, obj: Any) -> str:
        """Return the address of the new studio's page, or of the list."""
        return super().back(self.opened) if self.opened else reverse(f"admin:{self._url_name('changelist')}")


class _StudioPage(ActionPage):
    """An act on one studio, whose question names it: narrow screens show no more of the path than its end."""

    def context(self, request: HttpRequest, obj: Studio, form: ActionForm) -> dict[str, Any]:
        """Return the question about this studio."""
        return {"question": self.question % {"studio": obj}}


class ResumePage(_StudioPage):
    """Setting a studio up again from where it stopped."""

    name = "resume"
    label = _("Resume setting up")
    icon = "restart_alt"
    question = _(
        "%(studio)s: the job is queued again. What was done stays; it goes on with the step that did not work."
    )

    def is_offered(self, obj: Studio) -> bool:
        """Return whether it is being set up."""
        return obj.status == StudioStatus.PROVISIONING and not obj.restored_from

    def act(self, request: HttpRequest, obj: Studio, form: ActionForm) -> str:
        """Queue the job."""
        studios.resume_provisioning(studio=obj, actor=actor_of(request), now=timezone.now())
        return gettext("Setting up %(studio)s goes on.") % {"studio": obj}


class SuspendPage(_StudioPage):
    """Closing a studio's pages for the time being."""

    name = "suspend"
    label = _("Suspend")
    icon = "pause_circle"
    is_dangerous = True
    question = _("All pages of %(studio)s answer that it is not available. Its data stays as it is.")
    form_class = ReasonForm

    def is_offered(self, obj: Studio) -> bool:
        """Return whether it is open."""
        return obj.status == StudioStatus.ACTIVE

    def act(self, request: HttpRequest, obj: Studio, form: ActionForm) -> str:
        """Suspend it."""
        studios.suspend_studio(
            studio=obj,
            actor=actor_of(request),
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
        return gettext("%(studio)s is suspended.") % {"studio": obj}


class ReactivatePage(_StudioPage):
    """Opening a suspended studio's pages again."""

    name = "reactivate"
    label = _("Reactivate")
    icon = "play_circle"
    question = _("The pages of %(studio)s answer again.")
    form_class = ReasonForm

    def is_offered(self, obj: Studio) -> bool:
        """Return whether it is suspended."""
        return obj.status == StudioStatus.SUSPENDED

    def act(self, request: HttpRequest, obj: Studio, form: ActionForm) -> str:
        """Reactivate it."""
        studios.reactivate_studio(
            studio=obj,
            actor=actor_of(request),
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
        return gettext("%(studio)s is open again.") % {"studio": obj}


class InviteOwnerPage(_StudioPage):
    """Inviting the owner of a studio that has none yet."""

    name = "invite-owner"
    label = _("Invite the owner")
    icon = "mail"
    question = _("%(studio)s writes to this address. Links sent before stop working.")
    form_class = OwnerForm

    def is_offered(self, obj: Studio) -> bool:
        """Return whether it is open."""
        return obj.status == StudioStatus.ACTIVE

    def initial(self, request: HttpRequest, obj: Studio) -> dict[str, Any]:
        """Return the address that is known."""
        return {"email": obj.owner_email}

    def act(self, request: HttpRequest, obj: Studio, form: ActionForm) -> str:
        """Invite."""
        invitation = studios.invite_owner(
            studio=obj,
            email=form.cleaned_data["email"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("An invitation to %(email)s is on its way.") % {"email": invitation.email}


class CheckPage(_StudioPage):
    """Comparing a studio's schema with what the migrations make."""

    name = "check"
    label = _("Check the schema")
    icon = "fact_check"
    question = _(
        "A job compares every table, column, index, rule and right of %(studio)s with what the migrations make."
    )

    def is_offered(self, obj: Studio) -> bool:
        """Return whether it has a schema."""
        return obj.status != StudioStatus.PROVISIONING

    def act(self, request: HttpRequest, obj: Studio, form: ActionForm) -> str:
        """Queue the job."""
        studios.check_schema(studio=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The check of %(studio)s is queued; its result will be shown here.") % {"studio": obj}


class BackUpPage(_StudioPage):
    """Making a studio's backup now."""

    name = "back-up"
    label = _("Back up")
    icon = "backup"
    question = _(
        "A job writes every row and file of %(studio)s, as they are at one moment, into one file on the server."
        " Nobody is kept from working."
    )

    def is_offered(self, obj: Studio) -> bool:
        """Return whether it has a schema."""
        return obj.status != StudioStatus.PROVISIONING

    def act(self, request: HttpRequest, obj: Studio, form: ActionForm) -> str:
        """Queue the job."""
        backups.back_up(studio=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The backup of %(studio)s is queued; it will stand among the backups.") % {"studio": obj}


class LetMailsGoPage(_StudioPage):
    """Letting a restored copy write to people, and its jobs run."""

    name = "let-mails-go"
    label = _("Let mails leave")
    icon = "outgoing_mail"
    is_dangerous = True
    question = _(
        "%(studio)s came out of a backup or was swapped for one, and has written to nobody since, nor did its jobs run."
        " From now on its mails leave, and what has fallen due is done by itself: recurring invoices are issued, offers"
        " and holds expire, clients are reminded. Mails that waited until now do not leave: they are marked as not sent"
        " in its outbox, where each can be sent again."
    )

    def is_offered(self, obj: Studio) -> bool:
        """Return whether its mails are held."""
        return obj.status == StudioStatus.ACTIVE and obj.mails_held_since is not None

    def act(self, request: HttpRequest, obj: Studio, form: ActionForm) -> str:
        """Let them leave."""
        backups.let_mails_go(studio=obj, actor=actor_of(request), now=timezone.now())
        return gettext("Mails of %(studio)s leave, and its jobs run, from now on.") % {"studio": obj}
