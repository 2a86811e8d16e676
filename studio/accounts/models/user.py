"""Accounts: who can sign in here."""

from typing import Any, ClassVar, NotRequired, TypedDict, Unpack

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, Permission, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from studio.crypto import new_id
from studio.db import CreatedUpdated


class NewUser(TypedDict):
    """What creating an account takes."""

    email: str
    name: NotRequired[str]
    image: NotRequired[str]
    email_verified: NotRequired[bool]
    is_active: NotRequired[bool]


class UserManager(BaseUserManager["User"]):
    """Finds accounts by address, and makes them with a hashed password."""

    def create_user(self, password: str | None = None, **facts: Unpack[NewUser]) -> "User":
        """Return a new account; without a password nobody can sign in to it by one."""
        user = User(**{**facts, "email": facts["email"].strip().lower()})
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account of an address, without regard to case."""
        return self.get(email=(username or "").strip().lower())


class User(CreatedUpdated, AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in: a studio's staff, or an operator of the platform."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    email_verified = models.BooleanField(_("address confirmed"), default=False, db_default=False, editable=False)
    name = models.CharField(_("name"), max_length=150, blank=True, default="")
    image = models.CharField(
        _("picture"), max_length=255, blank=True, default="", help_text=_("The key of a stored file.")
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        db_default=True,
        help_text=_("Instead of deleting: the person cannot sign in any more."),
    )
    groups = models.ManyToManyField(  # type: ignore[assignment]
        Group, through="UserRole", related_name="+", verbose_name=_("roles"), blank=True
    )
    user_permissions = models.ManyToManyField(  # type: ignore[assignment]
        Permission, through="UserPermission", related_name="+", verbose_name=_("single rights"), blank=True
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    # There is no such column: nobody stands above the table of roles.
    is_superuser = False

    # Known of whoever a request comes from: the sign-in look-up asks.
    has_second_factor = False

    class Meta:
        db_table = "users"
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                name="users_email_lower_case",
                condition=Q(email=Lower(F("email"))),
                violation_error_message=_("An e-mail address is stored in lower case."),
            ),
            models.CheckConstraint(name="users_email_given", condition=~Q(email="")),
            models.CheckConstraint(name="users_id_given", condition=~Q(id="")),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Store the address in lower case, as the database insists."""
        super().clean()
        self.email = self.email.strip().lower()

    @property
    def label(self) -> str:
        """The name and address under which records remember this account."""
        return f"{self.name} <{self.email}>" if self.name else self.email

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The roles held; one query, unless the sign-in look-up brought them along."""
        return frozenset(self.role_links.values_list("group__name", flat=True)) if self.pk else frozenset()

    @property
    def is_staff(self) -> bool:
        """Whether the staff pages are open: any role opens them."""
        return self.is_active and bool(self.role_names)

    def get_full_name(self) -> str:
        """Return the name, or the address where none was given."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """Return the name, or the address where none was given."""
        return self.name or self.email

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Load the row again, and forget which roles were held."""
        self.__dict__.pop("role_names", None)
        super().refresh_from_db(*args, **kwargs)


class UserRole(CreatedUpdated):
    """A role that an account holds."""

    user = models.ForeignKey(User, on_delete=models.DB_CASCADE, related_name="role_links")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("role"))

    class Meta:
        db_table = "user_roles"
        verbose_name = _("role of an account")
        verbose_name_plural = _("roles of accounts")
        constraints = [models.UniqueConstraint(name="user_roles_once", fields=["user", "group"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.group_id}"


class UserPermission(CreatedUpdated):
    """A single right that an account holds beside its roles."""

    user = models.ForeignKey(User, on_delete=models.DB_CASCADE, related_name="permission_links")
    permission = models.ForeignKey(Permission, on_delete=models.DB_CASCADE, related_name="+")

    class Meta:
        db_table = "user_permissions"
        verbose_name = _("single right of an account")
        verbose_name_plural = _("single rights of accounts")
        constraints = [models.UniqueConstraint(name="user_permissions_once", fields=["user", "permission"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.permission_id}"
