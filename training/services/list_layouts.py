"""How somebody likes the list of members."""

from collections.abc import Sequence

from sessions_app.services import facts
from studio.accounts.models import User
from studio.db import taking_turns
from training.models import MemberListLayout


@taking_turns()
def keep_layout(*, user: User, columns: Sequence[str], page_size: int) -> MemberListLayout:
    """Keep the columns and the page size that somebody chose, for themselves alone, and return them.

    raises: facts.BadFacts
    """
    layout = MemberListLayout(user=user, columns=list(columns), page_size=page_size)
    with facts.saving(layout):
        kept, _is_new = MemberListLayout.objects.update_or_create(
            user=user, defaults={"columns": layout.columns, "page_size": page_size}
        )
    return kept
