"""Whom to talk to: people who act for a client, and people who belong to a company or band."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.client import Client, ClientKind
from studio.db import CreatedUpdated


class ClientContact(CreatedUpdated):
    """Somebody who acts for a client and is none: a manager, an assistant, an accountant."""

    client = models.ForeignKey(
        Client, on_delete=models.DB_CASCADE, related_name="contacts", db_index=False, verbose_name=_("client")
    )
    first_name = models.CharField(_("first name"), max_length=100, blank=True, default="", db_default="")
    last_name = models.CharField(_("last name"), max_length=100, blank=True, default="", db_default="")
    title = models.CharField(_("what they do"), max_length=100, blank=True, default="", db_default="")
    email = models.EmailField(_("e-mail"), max_length=255, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    is_primary = models.BooleanField(_("asked first"), default=False, db_default=False)

    class Meta:
        db_table = "client_contacts"
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(
                name="client_contacts_name_given",
                condition=~Q(first_name="", last_name=""),
                violation_error_message=_("A contact has a name."),
            ),
            models.UniqueConstraint(
                name="client_contacts_one_primary",
                fields=["client"],
                condition=Q(is_primary=True),
                violation_error_message=_("Somebody else is asked first already."),
            ),
        ]
        indexes = [models.Index(name="client_contacts_of_client", fields=["client", "last_name", "id"])]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CompanyMember(CreatedUpdated):
    """A person who belongs to a company or a band, both clients.

    The two kinds are columns so that a key on (client, kind) can hold what they have to be; the client keeps its
    kind as long as somebody belongs to it.
    """

    company = models.ForeignKey(
        Client, on_delete=models.DB_CASCADE, related_name="members", db_index=False, verbose_name=_("company or band")
    )
    member = models.ForeignKey(
        Client, on_delete=models.DB_CASCADE, related_name="memberships", db_index=False, verbose_name=_("person")
    )
    company_kind = models.CharField(
        max_length=16, default=ClientKind.COMPANY, db_default=ClientKind.COMPANY, editable=False
    )
    member_kind = models.CharField(
        max_length=16, default=ClientKind.INDIVIDUAL, db_default=ClientKind.INDIVIDUAL, editable=False
    )
    role = models.CharField(_("role"), max_length=255, blank=True, default="", db_default="")
    is_primary = models.BooleanField(_("asked first"), default=False, db_default=False)

    class Meta:
        db_table = "company_members"
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.CheckConstraint(
                name="company_members_kinds_fixed",
                condition=Q(company_kind=ClientKind.COMPANY.value, member_kind=ClientKind.INDIVIDUAL.value),
            ),
            models.UniqueConstraint(
                name="company_members_pair_unique",
                fields=["company", "member"],
                violation_error_message=_("This person belongs to it already."),
            ),
            models.UniqueConstraint(
                name="company_members_one_primary",
                fields=["company"],
                condition=Q(is_primary=True),
                violation_error_message=_("Somebody else is asked first already."),
            ),
        ]
        indexes = [models.Index(name="company_members_of_person", fields=["member", "company"])]

    def __str__(self) -> str:
        return self.role or str(_("member"))
