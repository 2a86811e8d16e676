import pytest

from studio.accounts.selectors.devices import browser_name

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Chrome on Linux"),
        (f"{CHROME} Edg/156.0", "Edge on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox on Windows"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_browser_name(agent, name):
    assert browser_name(agent) == name
