"""What pages may load and where their forms may lead, as browsers are told."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

type View = Callable[..., HttpResponseBase]
type Policy = dict[str, list[str]]

ADMIN_CSP = cast("Policy", settings.ADMIN_CSP)
PUBLIC_CSP = cast("Policy", settings.SECURE_CSP)
SETTLED = "_csp_config"  # where Django keeps the policy of a response


def under_admin_policy(view: View) -> View:
    """Return a view with the policy that the theme's scripts need, unless its page has settled one of its own."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not hasattr(response, SETTLED):
            setattr(response, SETTLED, ADMIN_CSP)
        return response

    return answer


def leading_to(origin: Callable[[], str], *, usual: Policy = ADMIN_CSP) -> Callable[[View], View]:
    """Let the forms of a page lead to another house as well; elsewhere they stay at home.

    origin: its scheme and host, asked for at each request
    usual: the policy of the pages beside it
    """

    def settle(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            policy = usual | {"form-action": [CSP.SELF, origin()]}
            response: HttpResponseBase = csp_override(policy)(view)(request, *args, **kwargs)
            return response

        return answer

    return settle
