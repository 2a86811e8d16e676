"""Where files go is read from the environment, and said aloud when it is half set."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.env import env_storage

GIVEN = {"S3_BUCKET": "studio-files", "S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "secret"}


@pytest.fixture
def given(monkeypatch):
    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    for name in (*GIVEN, "S3_REGION", "S3_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return set_all


def test_files_are_in_a_folder_unless_a_bucket_is_named(given):
    assert env_storage() == ({"BACKEND": "django.core.files.storage.FileSystemStorage"}, "")


def test_a_bucket_of_ones_own_server_is_found_by_path(given):
    given(**GIVEN, S3_ENDPOINT_URL="https://s3.example.org/")

    storage, origin = env_storage()

    assert origin == "https://s3.example.org"
    assert storage["OPTIONS"]["addressing_style"] == "path"
    assert storage["OPTIONS"]["endpoint_url"] == "https://s3.example.org"


def test_a_bucket_of_amazon_is_a_host(given):
    given(**GIVEN, S3_REGION="eu-west-3")

    storage, origin = env_storage()

    assert origin == "https://studio-files.s3.eu-west-3.amazonaws.com"
    assert (storage["OPTIONS"]["addressing_style"], storage["OPTIONS"]["endpoint_url"]) == ("virtual", None)


@pytest.mark.parametrize("missing", ["S3_ACCESS_KEY", "S3_SECRET_KEY"])
def test_a_bucket_without_its_keys_is_refused_by_name(given, missing):
    given(**{name: value for name, value in GIVEN.items() if name != missing})

    with pytest.raises(ImproperlyConfigured, match=f"{missing} is not set"):
        env_storage()
