"""What the trail says of one row."""

from studio.accounts.models import AuditEvent


def trail(subject):
    """Return (verb, actor's label, reason) of each act on a row, oldest first."""
    events = AuditEvent.objects.filter(object_type=subject._meta.label_lower, object_id=str(subject.pk))
    return list(events.order_by("pk").values_list("verb", "actor_label", "reason"))
