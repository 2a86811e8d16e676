"""What Stripe asks of an account's owner, in words that people know."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# Of what Stripe calls a requirement, the beginning -> what it is; the longest beginning counts.
WORDS = {
    "external_account": _("a bank account for the payouts"),
    "tos_acceptance": _("that you accept Stripe's terms"),
    "business_profile.url": _("the address of your website"),
    "business_profile.mcc": _("what kind of business it is"),
    "business_profile": _("what the business does, and where clients reach it"),
    "business_type": _("whether it is a company or a person"),
    "company.tax_id": _("the company's tax number"),
    "company.address": _("the company's address"),
    "company": _("who the company is"),
    "individual.verification": _("a proof of identity of the owner"),
    "individual.dob": _("the owner's date of birth"),
    "individual.address": _("the owner's address"),
    "individual": _("who the owner is"),
    "representative": _("who represents the company"),
    "owners": _("who owns the company"),
    "directors": _("who directs the company"),
    "person": _("details of a person named at Stripe"),
}


def wanted_words(wants: Iterable[str]) -> Sequence[str]:
    """Return what is asked for, each thing once and in its order; what has no words of ours keeps Stripe's."""
    return list(dict.fromkeys(_said(each) for each in wants))


def _said(want: str) -> str:
    if want.startswith("person_"):
        return gettext("details of a person named at Stripe")
    known = [name for name in WORDS if want == name or want.startswith(f"{name}.")]
    return str(WORDS[max(known, key=len)]) if known else want.replace(".", " ").replace("_", " ")
