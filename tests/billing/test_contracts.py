"""Contracts: a text that stays as it was signed."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import Contract
from billing.services import contracts
from sessions_app.services import merging, projects
from sessions_app.services.facts import BadFacts
from studio.mail.models import EmailMessage
from tests.billing.test_invoice_tables import refused
from tests.billing_factories import ContractFactory
from tests.factories import NOW, ClientFactory, ProjectFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 1)
ACT = {"actor": None, "now": NOW}


def sent(**given):
    return contracts.send_contract(contract=ContractFactory(**given), **ACT)


def signed(contract, name="Ada Artist"):
    copy = SimpleUploadedFile("signed.pdf", b"%PDF-1.7")
    return contracts.sign_contract(contract=contract, signer_name=name, signed_on=TODAY, signed_copy=copy, **ACT)


def test_a_contract_is_numbered_when_it_is_sent_and_keeps_its_text_and_its_number():
    contract = sent(value=Decimal(500), starts_on=TODAY)
    fingerprint = contract.content_hash
    assert (contract.contract_number, contract.status, len(fingerprint)) == ("CTR-2026-0001", "sent", 64)
    with pytest.raises(contracts.WrongState):
        contracts.change_contract(contract=contract, terms="Other", **ACT)
    assert contracts.change_contract(contract=contract, notes="Call first", **ACT).notes == "Call first"
    draft = contracts.take_back(contract=contract, **ACT)
    contracts.change_contract(contract=draft, terms="Other", **ACT)
    again = contracts.send_contract(contract=draft, **ACT)
    assert (again.contract_number, again.content_hash == fingerprint) == ("CTR-2026-0001", False)
    assert sent().contract_number == "CTR-2026-0002"


def test_a_signature_names_who_gave_it_and_ends_only_by_termination():
    contract = signed(sent(starts_on=TODAY, ends_on=date(2027, 5, 31)))
    kept = (contract.status, contract.signer_name, contract.signed_on, contract.signed_file.name)
    assert kept == ("signed", "Ada Artist", TODAY, "signed.pdf")
    for act in (contracts.take_back, contracts.send_contract, signed):
        with pytest.raises(contracts.WrongState):
            act(contract=contract, **ACT) if act is not signed else act(contract)
    assert list(Contract.objects.in_force(TODAY)) == [contract]
    assert not Contract.objects.in_force(date(2027, 6, 1)).exists()
    for given in ({"reason": " "}, {"reason": "x" * 501}):
        with pytest.raises(BadFacts):
            contracts.end_contract(contract=contract, on=TODAY, **ACT, **given)
    ended = contracts.end_contract(contract=contract, on=TODAY, reason="Moved away", **ACT)
    assert (ended.status, ended.ended_on, Contract.objects.in_force(TODAY).exists()) == ("terminated", TODAY, False)
    gone = contracts.withdraw_contract(contract=sent(), reason="", **ACT)
    assert (gone.status, gone.contract_number) == ("cancelled", "CTR-2026-0002")


BAD = [
    ({"title": ""}, BadFacts),
    ({"terms": "a\0"}, BadFacts),
    ({"value": Decimal(-1)}, BadFacts),
    ({"starts_on": TODAY, "ends_on": date(2026, 5, 31)}, BadFacts),
    ({"kind": "x"}, BadFacts),
]


@pytest.mark.parametrize(("given", "refusal"), BAD, ids=str)
def test_nonsense_is_refused_in_a_sentence(given, refusal):
    with pytest.raises(refusal) as told:
        ContractFactory(**given)
    assert str(told.value).endswith(".")


def test_what_cannot_be_sent_or_signed_says_why():
    with pytest.raises(contracts.NoText):
        sent(terms=" ")
    with pytest.raises(contracts.OtherProject):
        ContractFactory(project=ProjectFactory())
    for name in ("", "x" * 256, "a\0"):
        with pytest.raises(BadFacts):
            signed(sent(), name)


def test_the_table_keeps_what_was_sent_and_signed():
    project = ProjectFactory()
    contract = signed(sent(client=project.client, project=project))
    for said in (
        "terms = 'x'",
        "signer_name = 'x'",
        "signed_on = '2020-01-01'",
        "content_hash = repeat('0', 64)",
        "status = 'draft'",
        "project_id = NULL",
        "contract_number = 'x'",
    ):
        assert refused(f"UPDATE contracts SET {said} WHERE id = %s", [contract.pk]) == "contracts_frozen_once_sent"
    assert refused("DELETE FROM contracts WHERE id = %s", [contract.pk]) == "contracts_frozen_once_sent"
    projects.delete_project(project=project, actor=None, now=NOW)
    merging.merge_clients(survivor=ClientFactory(), merged=contract.client, actor=None, now=NOW)
    contract.refresh_from_db()
    assert (contract.project, contract.project_label) == (None, project.name)


def test_a_contract_goes_its_way_at_the_back_office(web, studio):
    office = signed_in(web, account("manager"))
    client = ClientFactory()
    facts = {"title": "Agreement", "kind": "recording", "client": client.pk, "terms": "Text"}
    assert office.post("/admin/billing/contract/add/", facts).status_code == 302
    contract = Contract.objects.get()
    page = f"/admin/billing/contract/{contract.pk}/"
    assert office.get(f"{page}send/").context["form"].initial["address"] == client.email
    assert office.post(f"{page}send/", {"address": "ada"}).status_code == 400
    assert office.post(f"{page}send/", {"address": "ada@example.org"}).status_code == 302
    mail = EmailMessage.objects.get()
    contract.refresh_from_db()
    told = (mail.recipient, contract.contract_number in mail.subject, contract.terms in mail.text)
    assert told == ("ada@example.org", True, True)
    copy = SimpleUploadedFile("signed.pdf", b"%PDF-1.7")
    signing = {"signer_name": "Ada", "signed_on": "2026-06-01", "signed_copy": copy}
    assert office.post(f"{page}sign/", signing).status_code == 302
    assert office.post(f"{page}take-back/").status_code == 409
    shown = office.get(f"{page}change/").text
    assert ("CTR-" in shown, "signed.pdf" in shown, 'name="terms"' in shown) == (True, True, False)
    assert b"".join(office.get(f"{page}signed/").streaming_content) == b"%PDF-1.7"
