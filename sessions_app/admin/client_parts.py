"""What stands below a client's facts: whom to talk to, who belongs to it, and what was remarked."""

from abc import abstractmethod
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.models import Client, ClientContact, ClientKind, ClientNote, CompanyMember
from sessions_app.services import clients, contacts
from studio.admin_tools import AppendOnlyInline, LineTextarea, StudioTabularInline
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import when, zone_label


class ServedInline(StudioTabularInline):
    """Parts that only a service writes, one by one."""

    served: tuple[str, ...] = ()
    show_change_link = False
    show_title = False

    def write(self, request: HttpRequest, owner: Any, formset: Any, now: datetime) -> None:
        """Hand each new, changed and removed part to its service."""
        formset.save(commit=False)
        for gone in formset.deleted_objects:
            self.remove(request, gone, now)
        for changed, names in formset.changed_objects:
            self.change(request, changed, {name: getattr(changed, name) for name in names if name in self.served}, now)
        for made in formset.new_objects:
            self.create(request, owner, made, now)

    @abstractmethod
    def create(self, request: HttpRequest, owner: Any, made: Any, now: datetime) -> None:
        """Make the part by its service."""

    @abstractmethod
    def change(self, request: HttpRequest, part: Any, given: Any, now: datetime) -> None:
        """Change the part by its service."""

    @abstractmethod
    def remove(self, request: HttpRequest, part: Any, now: datetime) -> None:
        """Remove the part by its service."""


class ContactInline(ServedInline):
    """Whom to talk to."""

    model = ClientContact
    served = ("first_name", "last_name", "title", "email", "phone", "is_primary")
    fields = served
    ordering = ("-is_primary", "last_name", "pk")
    verbose_name_plural = _("Contacts")

    def create(self, request: HttpRequest, owner: Client, made: ClientContact, now: datetime) -> None:
        """Write down a contact."""
        given: Any = {name: getattr(made, name) for name in self.served}
        contacts.add_contact(client=owner, actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, part: ClientContact, given: Any, now: datetime) -> None:
        """Change a contact."""
        contacts.change_contact(contact=part, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, part: ClientContact, now: datetime) -> None:
        """Strike a contact off."""
        contacts.remove_contact(contact=part, actor=actor_of(request), now=now)


class MembershipForm(StudioModelForm):
    """A membership; of one that is there, both sides stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in {"company", "member"} & set(self.fields):
            self.fields[side].disabled = self.instance.pk is not None


class MembershipInline(ServedInline):
    """One side of who belongs to whom."""

    model = CompanyMember
    form = MembershipForm
    served: tuple[str, ...] = ("role", "is_primary")
    other_side: str
    ordering = ("-is_primary", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows with the other side's client."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(self.other_side)

    def create(self, request: HttpRequest, owner: Client, made: CompanyMember, now: datetime) -> None:
        """Let somebody belong."""
        contacts.add_member(
            company=made.company,
            member=made.member,
            role=made.role,
            is_primary=made.is_primary,
            actor=actor_of(request),
            now=now,
        )

    def change(self, request: HttpRequest, part: CompanyMember, given: Any, now: datetime) -> None:
        """Change what somebody does there."""
        contacts.change_member(membership=part, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, part: CompanyMember, now: datetime) -> None:
        """Let somebody no longer belong."""
        contacts.remove_member(membership=part, actor=actor_of(request), now=now)


class MemberInline(MembershipInline):
    """Who belongs to a company or band."""

    fk_name = "company"
    other_side = "member"
    fields = ("member", "role", "is_primary")
    autocomplete_fields = ("member",)
    verbose_name_plural = _("Members")


class CompanyInline(MembershipInline):
    """The companies and bands somebody belongs to."""

    fk_name = "member"
    other_side = "company"
    fields = ("company", "role")
    served = ("role",)
    autocomplete_fields = ("company",)
    verbose_name = _("company or band")
    verbose_name_plural = _("Companies and bands")


class NoteInline(AppendOnlyInline):
    """Remarks, newest first; added and never rewritten."""

    model = ClientNote
    fields = ("body", "author_label", "written")
    readonly_fields = ("author_label", "written")
    ordering = ("-created_at", "-pk")
    verbose_name = _("remark")
    verbose_name_plural = _("Remarks")
    per_page = 20

    @admin.display(description=zone_label(_("written")))
    def written(self, note: ClientNote) -> str:
        """Show when it was written down."""
        return when(note.created_at) if note.pk else "-"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give a note a box of its own height."""
        if db_field.name == "body":
            kwargs["widget"] = LineTextarea
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def write(self, request: HttpRequest, client: Client, formset: Any, now: datetime) -> None:
        """Add the new notes, each under the name of who is signed in."""
        formset.save(commit=False)
        for note in formset.new_objects:
            clients.add_note(client=client, body=note.body, actor=actor_of(request), now=now)


def parts_of(client: Model | None) -> tuple[type[Any], ...]:
    """Return what stands below a client: a company has members, a person belongs to companies."""
    if not isinstance(client, Client):
        return (ContactInline, NoteInline)
    side = MemberInline if client.kind == ClientKind.COMPANY else CompanyInline
    return (side, ContactInline, NoteInline)
