"""Names typed by people: never a schema's name, never a path, always a sentence when refused."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import DomainError
from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio
from studio.tenancy.services import names, studios

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


SLUG_OR_SENTENCE = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?|400 A studio.*\.")


def slug_or_sentence(name: str) -> str:
    with as_owner():
        try:
            return names.free_slug(names.clean_name(name), NOW)
        except DomainError as refusal:
            return f"{refusal.status_code} {refusal}"


@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=400))
def test_any_text_is_refused_with_a_sentence_or_becomes_a_plain_slug(studio, name):
    assert SLUG_OR_SENTENCE.fullmatch(slug_or_sentence(name))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "A studio needs a name."),
        ("   ", "A studio needs a name."),
        ("x" * 300, "A studio's name has at most 120 characters."),
        ("a\x00b", "A studio's name may hold printable characters only."),
    ],
    ids=["empty", "blank", "300 characters", "NUL"],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(studio, name, sentence):
    with as_owner():
        before = Studio.objects.count()
        with pytest.raises(names.BadStudioName, match=re.escape(sentence)):
            studios.register_studio(name=name, kind="recording", now=NOW)
        assert Studio.objects.count() == before


@pytest.mark.parametrize(
    "name", ["O'Brien; DROP TABLE users", '"Quoted"', "../../etc/passwd", "a.b/c", "Chez L\u00e9a"]
)
def test_quotes_dots_and_slashes_in_a_name_are_kept_in_the_name_alone(studio, name):
    with as_owner():
        made = studios.register_studio(name=name, kind="recording", now=NOW)
    assert made.name == name
    assert made.schema_name == f"tenant_{made.pk}"


def test_two_studios_of_one_name_get_two_addresses(studio):
    with as_owner():
        first = studios.register_studio(name="Blue Note", kind="recording", now=NOW)
        second = studios.register_studio(name="Blue Note", kind="recording", now=NOW)
    assert (first.slug, second.slug) == ("blue-note", "blue-note-2")


def test_reserved_names_are_refused_in_every_spelling(studio):
    assert len(names.RESERVED) >= 60
    with as_owner():
        for word in sorted(names.RESERVED):
            with pytest.raises(DomainError):
                names.clean_slug(word, NOW)
            with pytest.raises(DomainError):
                names.clean_host(f"{word.upper()}.localhost", NOW)


def test_an_address_given_up_stays_blocked(studio):
    with as_owner():
        names.release("old-name", NOW, former=studio.uid)
        with pytest.raises(names.NameTaken):
            names.clean_slug("old-name", NOW + timedelta(days=399))
        assert names.clean_slug("old-name", NOW, former=studio.uid) == "old-name"
        assert names.clean_slug("old-name", NOW + timedelta(days=401)) == "old-name"


@pytest.mark.parametrize(
    "host", ["a b.example", "-a.example", "a..example", "x" * 260, "localhost", "exa_mple.org", "a\x00.b"]
)
def test_what_is_no_host_name_is_refused(studio, host):
    with as_owner(), pytest.raises(DomainError):
        names.clean_host(host, NOW)


def test_a_host_of_another_studio_is_refused(studio):
    with as_owner():
        host = studio.domains.get().domain
        with pytest.raises(names.NameTaken):
            names.clean_host(host.upper() + ".", NOW)
