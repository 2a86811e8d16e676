"""Certificates of trainers, and the word that one is about to end: once for each last day."""

from datetime import date, datetime
from typing import TypedDict, Unpack

from django.urls import reverse
from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import NotificationKind, RoleName, User
from studio.accounts.services import audit, notifications
from studio.clock import local_day
from studio.db import taking_turns
from studio.office.selectors.profile import current_profile
from studio.showing import day as day_text
from training.models import Trainer, TrainerCertificate

TOLD = ("name", "issuer", "number", "issued_on", "expires_on")
WHO_IS_TOLD = (RoleName.OWNER, RoleName.MANAGER)


class CertificateFacts(TypedDict, total=False):
    """Facts of a certificate; what is left out is not changed."""

    name: str
    issuer: str
    number: str
    issued_on: date | None
    expires_on: date | None


@taking_turns()
def add_certificate(
    *, trainer: Trainer, actor: User | None, now: datetime, **given: Unpack[CertificateFacts]
) -> TrainerCertificate:
    """Write down a trainer's certificate and return it.

    raises: facts.BadFacts
    """
    certificate = TrainerCertificate(trainer=trainer)
    changes = facts.set_facts(certificate, {"name": "", **given})
    with facts.saving(certificate):
        certificate.save(force_insert=True)
    audit.record(verb="create", subject=certificate, actor=actor, now=now, changes=changes)
    return certificate


@taking_turns()
def change_certificate(
    *, certificate: TrainerCertificate, actor: User | None, now: datetime, **given: Unpack[CertificateFacts]
) -> TrainerCertificate:
    """Change the facts given and return the certificate.

    raises: facts.BadFacts
    """
    changed = TrainerCertificate.objects.select_for_update(no_key=True).get(pk=certificate.pk)
    facts.change_facts(row=changed, given=given, actor=actor, now=now)
    return changed


@taking_turns()
def remove_certificate(*, certificate: TrainerCertificate, actor: User | None, now: datetime) -> None:
    """Strike a certificate; the trail keeps what it said."""
    gone = TrainerCertificate.objects.select_for_update().get(pk=certificate.pk)
    changes: facts.Changes = {field: (value, None) for field in TOLD if (value := getattr(gone, field))}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()


@taking_turns()
def warn_of_ending(*, now: datetime) -> int:
    """Tell managers and the trainer of each certificate that ends within 30 days or has ended, each last day once.

    returns: how many were told of
    """
    today = local_day(now, current_profile().zone)
    ending = TrainerCertificate.objects.ending(today).unwarned().select_related("trainer__user")
    found = list(ending.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
    for certificate in found:
        _warn(certificate, today)
        certificate.warned_for = certificate.expires_on
        certificate.save(update_fields=["warned_for"])
    return len(found)


def _warn(certificate: TrainerCertificate, today: date) -> None:
    trainer, last = certificate.trainer, certificate.expires_on
    if last is None:
        return
    sentence = (
        _("%(certificate)s of %(trainer)s ended on %(day)s.")
        if last < today
        else _("%(certificate)s of %(trainer)s ends on %(day)s.")
    )
    text = sentence % {"certificate": certificate.name, "trainer": trainer, "day": day_text(last)}
    page = reverse("admin:training_trainer_change", "studio.urls", args=[trainer.pk])
    notifications.notify_roles(roles=WHO_IS_TOLD, kind=NotificationKind.TASK, text=text, link=page)
    if trainer.user is not None and not trainer.user.role_names & set(WHO_IS_TOLD):
        notifications.notify(user=trainer.user, kind=NotificationKind.TASK, text=text, link=page)
