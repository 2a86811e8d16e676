"""Whom to call when something happens to a member."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from training.models.member import Member


class EmergencyContact(CreatedUpdated):
    """Somebody to call for a member; one of them first."""

    member = models.ForeignKey(
        Member, on_delete=models.DB_CASCADE, related_name="emergency_contacts", verbose_name=_("member")
    )
    name = models.CharField(_("name"), max_length=200)
    relationship = models.CharField(_("relationship"), max_length=100, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=50)
    is_primary = models.BooleanField(_("called first"), default=False, db_default=False)

    class Meta:
        db_table = "emergency_contacts"
        verbose_name = _("emergency contact")
        verbose_name_plural = _("emergency contacts")
        constraints = [
            models.CheckConstraint(
                name="emergency_contacts_name_given",
                condition=~Q(name=""),
                violation_error_message=_("An emergency contact has a name."),
            ),
            models.CheckConstraint(
                name="emergency_contacts_phone_given",
                condition=Q(phone__regex=r"[0-9]"),
                violation_error_message=_("An emergency contact has a telephone number."),
            ),
            models.UniqueConstraint(
                name="emergency_contacts_one_primary",
                fields=["member"],
                condition=Q(is_primary=True),
                violation_error_message=_("Somebody else is called first already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
