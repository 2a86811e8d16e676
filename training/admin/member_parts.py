"""What stands below a member's facts."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.client_parts import ServedInline
from sessions_app.admin.served import actor_of
from training.models import EmergencyContact, Member
from training.services import emergency_contacts


class EmergencyContactInline(ServedInline):
    """Whom to call."""

    model = EmergencyContact
    served = ("name", "relationship", "phone", "is_primary")
    fields = served
    ordering = ("-is_primary", "name", "pk")
    verbose_name_plural = _("Emergency contacts")

    def create(self, request: HttpRequest, owner: Member, made: EmergencyContact, now: datetime) -> None:
        """Write down whom to call."""
        given: Any = {name: getattr(made, name) for name in self.served}
        emergency_contacts.add_emergency_contact(member=owner, actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, part: EmergencyContact, given: Any, now: datetime) -> None:
        """Change whom to call."""
        emergency_contacts.change_emergency_contact(contact=part, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, part: EmergencyContact, now: datetime) -> None:
        """Strike a contact off."""
        emergency_contacts.remove_emergency_contact(contact=part, actor=actor_of(request), now=now)
