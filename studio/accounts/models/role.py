"""The names of the roles; what each may do is the table in studio/accounts/roles.py."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoleName(models.TextChoices):
    """The roles, each the name of a group in the database."""

    OWNER = "owner", _("owner")
    MANAGER = "manager", _("manager")
    ENGINEER = "engineer", _("engineer")
    FRONT_DESK = "front_desk", _("front desk")
    ACCOUNTANT = "accountant", _("accountant")
    TRAINER = "trainer", _("trainer")
    READ_ONLY = "read_only", _("read-only")
    OPERATOR = "operator", _("platform operator")
