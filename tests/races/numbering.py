"""Processes that issue documents of one series, and of which some undo what they did or are killed."""

import multiprocessing
import os
import random
import signal
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from django.db import connections, transaction

from billing.services import issuing, numbering
from sessions_app.models import Client
from studio.db import TryAgain
from studio.tenancy.context import inside
from tests.races.billing_attempts import NOW, draft_for

PATIENCE = 900  # seconds
ISSUE, UNDO, DIE_HOLDING, DIE_BEFORE, DIE_AFTER = "issue", "undo", "die holding", "die before", "die after"
DEADLY = (DIE_HOLDING, DIE_BEFORE, DIE_AFTER)
LASTING = (ISSUE, DIE_AFTER)


class Undone(Exception):
    """Everything is taken back."""


def fates(chance, attempts, undone=0.1, deaths=DEADLY):
    """Return what becomes of each attempt: one in ten is undone, and the process dies at each of some moments once."""
    drawn = [UNDO if chance.random() < undone else ISSUE for _attempt in range(attempts)]
    for moment, death in zip(chance.sample(range(attempts), len(deaths)), deaths, strict=True):
        drawn[moment] = death
    return drawn


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def attempt(client, fate):
    """Issue a document, and let its fate come upon it."""
    taking = numbering.take

    def take_and_die(**given):
        taking(**given)
        die()

    if fate == DIE_HOLDING:
        numbering.take = take_and_die
    with transaction.atomic():
        invoice = issuing.issue_invoice(invoice=draft_for(client), actor=None, now=NOW)
        if fate == UNDO:
            raise Undone
        if fate == DIE_BEFORE:
            die()
    if fate == DIE_AFTER:
        die()
    return invoice.invoice_number


def issue(schema, number, fated, log):
    """Make the attempts of a writer, and note each before and after; somebody killed leaves the first alone."""
    with inside(SimpleNamespace(schema_name=schema)), Path(log).open("a", buffering=1, encoding="utf-8") as notes:
        client = Client.objects.get(name=f"Payer {number}")
        for fate in fated:
            notes.write(f"began {fate}\n")
            try:
                notes.write(f"ended {attempt(client, fate)}\n")
            except Undone:
                notes.write("ended undone\n")
            except TryAgain:
                notes.write("ended again\n")
    connections.close_all()


def wait_for(process):
    process.join(PATIENCE)
    return process.exitcode


def run(schema, writers, attempts, folder):
    """Run writers to the end of their attempts, each again after its death; return how the attempts ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.races.racing"])
    left = {number: fates(random.Random(number), attempts) for number in range(writers)}
    logs = {number: folder / f"writer{number}" for number in left}
    ended = Counter()
    while left:
        given = {number: (schema, number, fated, str(logs[number])) for number, fated in left.items()}
        processes = {number: context.Process(target=issue, args=each, daemon=True) for number, each in given.items()}
        for process in processes.values():
            process.start()
        for number, process in processes.items():
            code = wait_for(process)
            lines = logs[number].read_text(encoding="utf-8").splitlines()
            logs[number].unlink()
            ended += Counter(line for line in lines if line in {"ended undone", "ended again"})
            began = [line.removeprefix("began ") for line in lines if line.startswith("began ")]
            if code == -signal.SIGKILL:
                ended[f"died: {began[-1]}"] += 1
            elif code:
                ended[f"exit code {code}"] += 1
            ended["issued"] += sum(line.startswith("ended FAC-") for line in lines)
            left[number] = left[number][len(began) :]
        left = {number: fated for number, fated in left.items() if fated}
    return ended
