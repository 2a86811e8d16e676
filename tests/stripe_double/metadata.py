"""The limits of metadata."""

from typing import Any

from tests.stripe_double.errors import Refused

MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500


def demand_metadata(metadata: dict[str, str] | str | None, param: str) -> None:
    """Refuse metadata that is too much."""
    if not isinstance(metadata, dict):
        return
    if len(metadata) > MOST_KEYS:
        raise Refused(f"You can have up to {MOST_KEYS} metadata keys.", param=param)
    for key, value in metadata.items():
        if len(key) > LONGEST_KEY:
            sentence = (
                f"Metadata keys can have up to {LONGEST_KEY} characters, but you passed in a key that is {len(key)}."
            )
            raise Refused(sentence, param=param)
        if len(value) > LONGEST_VALUE:
            sentence = f"Metadata values can have up to {LONGEST_VALUE} characters: {key} has {len(value)}."
            raise Refused(sentence, param=f"{param}[{key}]")


def kept(metadata: Any) -> dict[str, str]:
    """Return the metadata that an object keeps: an empty value is none."""
    return {key: value for key, value in metadata.items() if value} if isinstance(metadata, dict) else {}
