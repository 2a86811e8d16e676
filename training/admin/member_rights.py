"""Who may see and do what with members beyond the four plain rights."""

from django.http import HttpRequest

from training.selectors.member_marks import CHECKUP, PAYMENT, PLAN

STEER = "training.steer_member"
SEE_MEDICAL = "training.view_medical_notes"
EXPORT = "training.export_member"
ADD_COMMENT = "training.add_membercomment"
ADD_CHECKUP = "training.add_bodycheckup"
SEE_MEMBERS = "training.view_member"
SEE_COMMENTS = "training.view_membercomment"
SEE_CHECKUPS = "training.view_bodycheckup"
SEE_PLANS = "training.view_subscription"
SEE_CONTACTS = "training.view_emergencycontact"
# What an indicator beside a session tells of, as the right to read it.
MARK_RIGHTS = {PLAN: SEE_MEMBERS, CHECKUP: SEE_CHECKUPS, PAYMENT: SEE_PLANS}


class MemberRights:
    """Mixed into the admin of members: the rights that its pages and actions ask for by name."""

    def has_steer_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return whether the person may change status and type of members, and what is agreed with partners."""
        return request.user.has_perm(STEER)

    def has_export_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return whether the person may take the list along."""
        return request.user.has_perm(EXPORT)

    def has_comment_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return whether the person may remark on members."""
        return request.user.has_perm(ADD_COMMENT)

    def has_checkup_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return whether the person may write check-ups down."""
        return request.user.has_perm(ADD_CHECKUP)


def shown_kinds(request: HttpRequest) -> frozenset[str]:
    """Return the kinds of indicators that the person may be shown."""
    return frozenset(kind for kind, right in MARK_RIGHTS.items() if request.user.has_perm(right))


def sees_medical(request: HttpRequest) -> bool:
    """Return whether the person may read what is noted on a member's health."""
    return request.user.has_perm(SEE_MEDICAL)


def steers(request: HttpRequest) -> bool:
    """Return whether the person may change where memberships stand and what is agreed with partners."""
    return request.user.has_perm(STEER)
