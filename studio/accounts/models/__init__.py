"""Tables of people and rights; every schema has its own."""

from studio.accounts.models.account_session import AccountSession, EndReason
from studio.accounts.models.audit_event import AuditEvent
from studio.accounts.models.cache_entry import CacheEntry
from studio.accounts.models.invitation import Invitation
from studio.accounts.models.login_session import LoginSession, NewLoginSession
from studio.accounts.models.notification import Notification, NotificationKind
from studio.accounts.models.role import RoleName
from studio.accounts.models.user import NewUser, User, UserPermission, UserRole

__all__ = [
    "AccountSession",
    "AuditEvent",
    "CacheEntry",
    "EndReason",
    "Invitation",
    "LoginSession",
    "NewLoginSession",
    "NewUser",
    "Notification",
    "NotificationKind",
    "RoleName",
    "User",
    "UserPermission",
    "UserRole",
]
