"""How times look in the back office's templates."""

from datetime import datetime

from django import template

from studio.showing import clock_span, when

register = template.Library()


@register.filter
def span(start: datetime, end: datetime) -> str:
    """Return a period's wall times: {{ session.starts_at|span:session.ends_at }}."""
    return clock_span(start, end)


@register.filter
def until(start: datetime, end: datetime) -> str:
    """Return a period with its day: {{ session.starts_at|until:session.ends_at }}."""
    return when(start, end)
