"""Capsules made by hand: a small right one, and ones that are sealed well and wrong."""

import hashlib
import json
import zipfile
from dataclasses import replace
from io import BytesIO

from studio.tenancy.capsules import archive
from studio.tenancy.capsules.manifest import FileFacts, Manifest, TableFacts

KEY = "0a/" + "0a" * 16
ROWS = b"1\tAda\n2\tBea\n"
BYTES = b"%PDF-1.7 the bytes of a document"
MANIFEST = Manifest(
    made_at="2026-06-01T00:00:00+00:00",
    studio={
        "schema_name": "tenant_7",
        "slug": "sunset",
        "name": "Sunset",
        "kind": "mixed",
        "country": "FR",
        "time_zone": "Europe/Paris",
        "currency": "EUR",
        "language": "en",
        "owner_email": "",
    },
    domains=("sunset.localhost",),
    migrations=("office.0001_initial",),
    tables=(TableFacts("clients", ("id", "name"), 2, len(ROWS), hashlib.sha256(ROWS).hexdigest()),),
    sequences={"clients_id_seq": (2, True)},
    files=(FileFacts(KEY, len(BYTES), hashlib.sha256(BYTES).hexdigest()),),
    problems=(),
)
PARTS = (("tables/clients.copy", ROWS), (f"files/{KEY}", BYTES))


def small(path, manifest=MANIFEST):
    """Write the right one, or one of another manifest, as the product does, and return its manifest."""
    with archive.written(path) as writer:
        writer.add("tables/clients.copy", [ROWS], packed=True)
        writer.add(f"files/{KEY}", [BYTES], packed=False)
        writer.add(archive.MANIFEST, [manifest.as_json()], packed=True)
    return manifest


def forged(path, parts=PARTS, told=None, *, packing=zipfile.ZIP_DEFLATED):
    """Write an archive of any parts and manifest under a right seal: what damages by malice looks like."""
    raw = BytesIO()
    with zipfile.ZipFile(raw, "w", packing) as made:
        for name, content in (*parts, (archive.MANIFEST, MANIFEST.as_json() if told is None else told)):
            info = zipfile.ZipInfo(name)
            info.compress_type = packing
            made.writestr(info, content)
        made.comment = b"0" * archive.SEAL
    body = raw.getvalue()[: -archive.SEAL]
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    return path


def told(**changed):
    """Return a manifest's text with some facts replaced, its digest right."""
    return replace(MANIFEST, **changed).as_json()


def retold(change):
    """Return a manifest's text after somebody changed it by hand."""
    found = json.loads(MANIFEST.as_json())
    change(found)
    return json.dumps(found).encode()
