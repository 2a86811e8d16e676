"""The file of a backup: one wrong bit, one byte less or one strange part, and it is refused with a sentence."""

import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from studio.tenancy.capsules import archive, rows
from studio.tenancy.capsules.manifest import CapsuleRefused, FileFacts, TableFacts
from tests.studio.tenancy import capsule_files
from tests.studio.tenancy.capsule_files import BYTES, KEY, MANIFEST, PARTS, ROWS, forged, retold, told

ROOT = Path(__file__).parents[3]
REFUSED = 2
SEAL = "This is no backup of a studio, or it is cut off, or was changed: its seal is broken."
STRANGE = "The backup holds something else than its manifest says."
FORM = "The backup's manifest contradicts its format."
BOMB = b"0" * (64 * 1024 * 1024 + 1)


def verdict(path):
    """What reading all of a file comes to: a sentence, or nothing."""
    try:
        with archive.opened(path) as capsule:
            capsule.prove(lambda _line: None)
    except CapsuleRefused as refusal:
        return str(refusal)
    return ""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "tenant_7_at_1.capsule"
    capsule_files.small(path)
    return path


def test_a_capsule_is_read_back_as_it_was_written(small):
    with archive.opened(small) as capsule:
        capsule.prove(lambda _line: None)
        with capsule.rows("clients") as rows, capsule.file(KEY) as file:
            assert (rows.read(), file.read(), capsule.manifest) == (ROWS, BYTES, MANIFEST)
        assert capsule.seal == small.read_bytes()[-archive.SEAL :].decode()
    assert small.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(small) as anybodys:
        assert anybodys.testzip() is None


def test_no_byte_can_be_missing_and_no_bit_be_another(small, tmp_path):
    whole, hurt, said = small.read_bytes(), tmp_path / "hurt.capsule", Counter()

    for end in range(len(whole)):
        hurt.write_bytes(whole[:end])
        said[verdict(hurt)] += 1
    for place, byte in enumerate(whole):
        hurt.write_bytes(whole[:place] + bytes([byte ^ 1 << place % 8]) + whole[place + 1 :])
        said[verdict(hurt)] += 1

    assert said == {SEAL: 2 * len(whole)}
    assert verdict(small) == ""


def tables(*facts):
    return tuple(TableFacts(name, ("id",), 0, len(text), sha256(text).hexdigest()) for name, text in facts)


HOSTILE = {
    "a way out of the folder": ((("../evil", b"x"), *PARTS), None, STRANGE),
    "an absolute path": ((("/etc/passwd", b"x"), *PARTS), None, STRANGE),
    "a table elsewhere": ((), retold(lambda found: found["tables"][0].update(name="../clients")), FORM),
    "a file elsewhere": ((), retold(lambda found: found["files"][0].update(key="../../etc/passwd")), FORM),
    "a part too many": ((*PARTS, ("tables/rooms.copy", b"")), None, STRANGE),
    "a part too few": (PARTS[:1], None, STRANGE),
    "parts in another order": (PARTS[::-1], None, STRANGE),
    "a table twice": ((), told(tables=MANIFEST.tables * 2), FORM),
    "other rows": (
        (("tables/clients.copy", ROWS.swapcase()), PARTS[1]),
        None,
        "tables/clients.copy in the backup is not",
    ),
    "another count": (
        PARTS,
        retold(lambda found: found["tables"][0].update(rows=3)),
        "The backup's manifest contradicts itself.",
    ),
    "a count that is told well": (
        PARTS,
        told(tables=(TableFacts("clients", ("id", "name"), 3, len(ROWS), MANIFEST.tables[0].sha256),)),
        "tables/clients.copy in the backup is not",
    ),
    "a size that is not there": (
        PARTS,
        told(files=(FileFacts(KEY, len(BYTES) + 1, MANIFEST.files[0].sha256),)),
        STRANGE,
    ),
    "another format": (PARTS, retold(lambda found: found.update(format=2)), "The backup is of format 2; this version"),
    "no format": (PARTS, b"[]", "The backup is of format ?; this version"),
    "no manifest": (PARTS, b"\xff\xfe{", "The backup's manifest cannot be read."),
    "a manifest without a floor": (PARTS, b"[" * 100_000, "The backup's manifest cannot be read."),
    "a schema that is none": (
        PARTS,
        told(studio={**MANIFEST.studio, "schema_name": 'tenant_7"; DROP SCHEMA public'}),
        FORM,
    ),
    "a number that is none": (
        PARTS,
        retold(lambda found: found["sequences"].update(clients_id_seq=[True, True])),
        FORM,
    ),
    "a number too large": (PARTS, retold(lambda found: found["sequences"].update(clients_id_seq=[2**63, True])), FORM),
    "an identity that is none": (PARTS, told(uid="tenant_7"), FORM),
    "no sealed archive": (None, None, "The backup is damaged: its parts cannot be read."),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_wrong_capsule_under_a_right_seal_is_refused(tmp_path, what):
    parts, manifest, sentence = HOSTILE[what]
    path = tmp_path / "hostile.capsule"
    if parts is None:
        body = b"no archive at all" * 10
        path.write_bytes(body + sha256(body).hexdigest().encode())
    else:
        forged(path, parts, manifest)

    assert verdict(path).startswith(sentence)
    assert sorted(tmp_path.iterdir()) == [path]


def test_rows_that_are_all_alike_pass_and_a_bomb_does_not(tmp_path):
    path, parts = tmp_path / "large.capsule", (("tables/clients.copy", BOMB),)
    manifest = told(tables=tables(("clients", BOMB)), files=())

    assert verdict(forged(path, parts, manifest)) == ""
    refusal = "The backup would unpack to more than can be packed into it: it is refused."
    assert verdict(forged(path, parts, manifest, packing=zipfile.ZIP_BZIP2)) == refusal


def test_what_the_reader_would_refuse_is_not_made(small):
    before = small.read_bytes()
    strange = replace(MANIFEST, studio={**MANIFEST.studio, "schema_name": "tenant_0"})

    with pytest.raises(CapsuleRefused, match=FORM):
        capsule_files.small(small, strange)

    assert small.read_bytes() == before
    assert sorted(small.parent.iterdir()) == [small]


@pytest.mark.parametrize("key", ["tenant_1/0a/0b", "@tenant_1/0a", "\\100/0a", "", "\\N"])
def test_a_row_that_names_a_file_of_another_studio_is_refused(key):
    line, columns = b"7\t@/0a/0b\tName\n", ("id", "key", "name")
    assert list(rows.with_own_keys(iter([line]), "tenant_42", "stored_files", columns)) == [
        b"7\ttenant_42/0a/0b\tName\n"
    ]

    for others in (line.replace(b"@/0a/0b", key.encode()), b"7\n"):
        with pytest.raises(CapsuleRefused, match="A row of stored_files names a file that is not the studio's own"):
            list(rows.with_own_keys(iter([others]), "tenant_42", "stored_files", columns))


def test_a_forged_capsule_that_is_right_in_everything_passes(tmp_path):
    assert verdict(forged(tmp_path / "right.capsule")) == ""


@pytest.mark.parametrize("name", ["nowhere.capsule", "a\0b", "x" * 300, "."])
def test_what_cannot_be_read_is_refused(tmp_path, name):
    assert verdict(tmp_path / name)


def test_the_command_needs_no_database_and_tells_by_its_exit_code(small, tmp_path):
    cut = tmp_path / "cut.capsule"
    cut.write_bytes(small.read_bytes()[:-1])
    answers = {}
    for path in (small, cut):
        nowhere = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SECRET_KEY": "x"}
        done = subprocess.run(
            [sys.executable, "manage.py", "capsule", "verify", str(path)],
            check=False,
            cwd=ROOT,
            env=nowhere,
            capture_output=True,
            text=True,
            timeout=120,
        )
        answers[path] = (done.returncode, done.stdout, done.stderr)

    code, out, _err = answers[small]
    facts = json.loads(out)
    assert (code, facts["digest"], facts["rows"], facts["files"]) == (0, MANIFEST.digest, 2, 1)
    assert answers[cut] == (REFUSED, "", f"CommandError: {SEAL}\n")


def test_a_writer_that_dies_leaves_the_old_file_alone(small):
    before = small.read_bytes()

    with pytest.raises(RuntimeError, match="half way"):
        die_half_way(small)

    assert small.read_bytes() == before
    assert sorted(small.parent.iterdir()) == [small]


def die_half_way(path):
    with archive.written(path) as writer:
        writer.add("tables/clients.copy", [ROWS], packed=True)
        raise RuntimeError("half way")
