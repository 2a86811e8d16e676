"""Settings under which the product would be wrong are refused before it starts."""

import pytest

from studio.tenancy import checks


def ids(found) -> list[str]:
    return [message.id for message in found]


def test_the_settings_as_they_are_pass():
    assert ids([*checks.utc_check(), *checks.app_lists_check()]) == []


@pytest.mark.parametrize(("name", "value"), [("TIME_ZONE", "Europe/Paris"), ("USE_TZ", False)])
def test_any_zone_but_utc_is_refused(settings, name, value):
    setattr(settings, name, value)
    assert ids(checks.utc_check()) == ["studio.E001"]


@pytest.mark.parametrize(
    ("name", "app"),
    [("TENANT_APPS", "studio.tenancy"), ("TENANT_APPS", "studio.platform"), ("SHARED_APPS", "sessions_app")],
)
def test_an_app_in_the_wrong_kind_of_schema_is_refused(settings, name, app):
    setattr(settings, name, [*getattr(settings, name), app])
    assert ids(checks.app_lists_check()) == ["studio.E002"]
