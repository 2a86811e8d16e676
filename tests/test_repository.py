"""Nothing private, secret or machine-bound is in the repository, and its text is plain."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
SOURCE = {".py", ".md", ".toml", ".html", ".css", ".js", ".txt", ".in", ".sh", ".yml", ".yaml", ".sql", ".cfg", ""}
# Not ours to write: catalogues are translations, test data is as the former systems left it.
FOREIGN = re.compile(r"^(locale/|tests/data/)|/vendor/|\.po$")

PRIVATE_ADDRESS = re.compile(
    r"(?<![\d.])(?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168|169\.254|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))"
    r"\.\d{1,3}\.\d{1,3}(?!\d|\.\d)"
    r"|(?<![\w:])f[cd][0-9a-f]{2}:[0-9a-f:]+",
    re.IGNORECASE,
)
INTERNAL_HOST = re.compile(
    r"(?:://|@|\bhost[\"']?\s*[=:]\s*[\"']?)[\w.-]+\.(?:internal|intranet|corp|lan|local|localdomain)\b", re.IGNORECASE
)
PRIVATE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|work|workspace|root)/[\w.-]+|[A-Z]:\\Users\\\w+")
SECRET = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}"
    r"|\bwhsec_[0-9A-Za-z]{16,}"
    r"|\bgh[pousr]_[0-9A-Za-z]{36}\b"
    r"|\bxox[abprs]-[0-9A-Za-z-]{10,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."
    r"|\b(?i:secret|password|passwd|token|api_?key)\w*[\"']?\s*[:=]\s*[\"']"
    r"(?=[^\"']*[a-z])(?=[^\"']*[A-Z])(?=[^\"']*\d)[\w+/=-]{20,}[\"']"
)
PASSWORD_IN_ADDRESS = re.compile(r"\w+://[^\s/:@\"'`<>]+:(?P<password>[^\s/:@\"'`<>]+)@")
PLACEHOLDERS = {"password", "secret", "PASSWORD", "verysecret", "change-me", "...", "%s"}
INDEX_ADDRESS = re.compile(
    r"--(?:extra-)?index-url|--find-[l]inks\b|\bindex-url\s*=|https?://[^\s)]*(?:pypi\.|/simple/|npmjs|/npm/|deb\.debian)"
)


def found_by(pattern):
    return lambda text: [match.group(0) for match in pattern.finditer(text)]


def passwords_in_addresses(text):
    found = (match["password"] for match in PASSWORD_IN_ADDRESS.finditer(text))
    return [password for password in found if password not in PLACEHOLDERS and not re.match(r"[{$]", password)]


def secrets(text):
    return [*found_by(SECRET)(text), *passwords_in_addresses(text)]


def not_ascii(text):
    return [character for character in text if not character.isascii()]


def carriage_returns(text):
    return re.findall(r".*\r", text)


SCANNERS = {
    "private address": found_by(PRIVATE_ADDRESS),
    "internal host": found_by(INTERNAL_HOST),
    "private path": found_by(PRIVATE_PATH),
    "secret": secrets,
    "package index": found_by(INDEX_ADDRESS),
    "not ASCII": not_ascii,
    "carriage return": carriage_returns,
}


def is_scanned(scanner, name):
    """Our own text is held to everything; what others wrote may be French or link to where it came from."""
    ours = Path(name).suffix in SOURCE and not FOREIGN.search(name)
    return ours or scanner not in {"not ASCII", "package index", "carriage return"}


def files(*patterns):
    """The text files that a commit would hold: name -> text, line ends as they are."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    contents = {name: (ROOT / name).read_bytes() for name in names if name and (ROOT / name).is_file()}
    return {name: raw.decode("utf-8") for name, raw in contents.items() if b"\0" not in raw}


@pytest.mark.parametrize("scanner", SCANNERS)
def test_repository_has_no(scanner):
    found = {name: SCANNERS[scanner](text)[:3] for name, text in files().items() if is_scanned(scanner, name)}

    assert {name: matches for name, matches in found.items() if matches} == {}


# Each sample is put together here, so that this file passes its own scan.
PLANTED = [
    ("private address", "10." + "0.0.7"),
    ("private address", "http://192." + "168.1.20" + ":5432"),
    ("private address", "172." + "20.3.4"),
    ("private address", "[fd" + "00:1::2]"),
    ("internal host", "postgresql://db." + "internal/studio"),
    ("internal host", "HOST=build." + "corp"),
    ("internal host", "ops@mail." + "lan"),
    ("private path", "/" + "home/somebody/studio"),
    ("private path", "see /" + "Users/somebody"),
    ("private path", "C:" + "\\Users\\somebody"),
    ("secret", "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"),
    ("secret", "whsec" + "_" + "a1B2" * 6),
    ("secret", "-----BEGIN RSA " + "PRIVATE KEY-----"),
    ("secret", "AKIA" + "ABCDEFGHIJ234567"),
    ("secret", "SECRET_KEY = '" + "aB3" * 10 + "'"),
    ("secret", "postgresql://owner:" + "hunter2" + "@127.0.0.1/studio"),
    ("package index", "--extra-" + "index-url https://example.org"),
    ("package index", "https://" + "pypi" + ".org/simple"),
    ("not ASCII", "caf" + chr(233)),
    ("carriage return", "one" + chr(13) + "\ntwo"),
]
HARMLESS = [
    ("private address", "127.0.0.1 0.0.0.0 192.0.2.7 203.0.113.9 version 10.17.0 and 1.10.0.0.1"),
    ("internal host", "threading.local() sunset.localhost https://studio.example.org"),
    ("private path", "/usr/bin/env templates/home/index.html https://example.org/home/page"),
    ("secret", "postgresql://user:password@host/db SECRET_KEY='only-for-a-demonstration-on-one-machine'"),
    ("secret", 'f"postgresql://{user}:{password}@{host}/db" token = new_token_of_the_invitation_sent'),
    ("package index", "pip install --require-hashes -r requirements.txt"),
    ("not ASCII", "cafe"),
    ("carriage return", "one\ntwo\n"),
]


@pytest.mark.parametrize(("scanner", "text"), PLANTED)
def test_scanner_finds_what_is_planted(scanner, text):
    assert len(SCANNERS[scanner](f"before {text} after")) == 1


@pytest.mark.parametrize(("scanner", "text"), HARMLESS)
def test_scanner_lets_pass(scanner, text):
    assert SCANNERS[scanner](text) == []


def test_every_scanner_has_a_planted_sample():
    assert {scanner for scanner, _ in PLANTED} == {scanner for scanner, _ in HARMLESS} == SCANNERS.keys()


def test_repository_has_what_a_newcomer_needs():
    wanted = {".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "dev", "manage.py", "pyproject.toml"}

    assert wanted - files().keys() == set()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_dependencies_are_pinned_with_hashes(name):
    lines = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    wanted = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    assert [line for line in wanted if not re.match(r"^[\w.\[\]-]+==[^\s;]+.*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_ignore_file_keeps_secrets_and_data_out():
    names = [".env", ".venv/x", "var/x"]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, check=False, capture_output=True, text=True)

    assert ignored.stdout.splitlines() == names
