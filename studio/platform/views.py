"""The platform's own address."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET


@require_GET
@login_required
def home(_request: HttpRequest) -> HttpResponse:
    """Send an operator to the back office."""
    return redirect("admin:index")
