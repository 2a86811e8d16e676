"""What a request says, read from the form it comes as and checked against the library's own typed dictionaries."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import stripe
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import get_type_hints, is_typeddict

from tests.stripe_double.errors import Refused

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
WHOLE = re.compile(r"-?\d{1,18}")
NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,12})?")
# Names that the library's modules know to type checkers only.
STUBS = {"StripeContext": object, "Mapping": Mapping}
OPTIONS = frozenset(stripe.RequestOptions.__annotations__)


def read_form(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return `a[b][0]=c` as nested dictionaries; every value is text still, and a list has digits for keys."""
    read: dict[str, Any] = {}
    for key, value in pairs:
        found = KEY.fullmatch(key)
        if not found:
            raise Refused(f"Invalid request: the parameter {key!r} cannot be read.", param=key)
        *path, last = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])]
        place = read
        for part in path:
            inner = place.setdefault(_numbered(part, place), {})
            if not isinstance(inner, dict):
                raise Refused(f"Invalid request: {key!r} is given as a value and as a dictionary.", param=key)
            place = inner
        place[_numbered(last, place)] = value
    return read


def _numbered(part: str, place: dict[str, Any]) -> str:
    return part or str(len(place))


@cache
def hints(shape: Any) -> dict[str, Any]:
    """Return the types of a typed dictionary's keys, without the options that travel in headers."""
    return {name: hint for name, hint in get_type_hints(shape, localns=STUBS).items() if name not in OPTIONS}


def checked(given: dict[str, Any], shape: Any, at: str = "") -> dict[str, Any]:
    """Return the parameters with the types that their dictionary names.

    at: where in the request this dictionary stands
    raises: Refused naming the parameter
    """
    known = hints(shape)
    for name in given:
        if name not in known:
            where = _inside(at, name)
            raise Refused(f"Received unknown parameter: {where}", code="parameter_unknown", param=where)
    for name in shape.__required_keys__:
        if name not in given:
            where = _inside(at, name)
            raise Refused(f"Missing required param: {where}.", code="parameter_missing", param=where)
    return {name: _value(value, known[name], _inside(at, name)) for name, value in given.items()}


def _inside(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


def _value(value: Any, hint: Any, at: str) -> Any:
    kinds = [kind for kind in _alternatives(hint) if kind is not NoneType and not _is_object(kind)]
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    rest = [kind for kind in kinds if get_origin(kind) is not Literal]
    if value == "" and "" not in words:
        raise Refused(
            f"You passed an empty string for '{at}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{at}' cannot be unset.",
            code="parameter_invalid_empty",
            param=at,
        )
    if isinstance(value, str) and value in words:
        return value
    # `Literal[...] | str` lists what Stripe takes; any other word is for the library of tomorrow.
    rest = [kind for kind in rest if not (kind is str and any(words))]
    fitting = [kind for kind in rest if isinstance(value, dict) == _is_compound(kind)]
    if fitting:
        return _compound(value, fitting[0], at) if isinstance(value, dict) else _scalar(value, fitting[0], at)
    if any(words) and isinstance(value, str):
        listed = ", ".join(str(word) for word in words if word)
        raise Refused(f"Invalid {at}: must be one of {listed}", param=at)
    raise Refused(f"Invalid {'object' if any(map(_is_compound, rest)) else 'string'}: {at}", param=at)


def _alternatives(hint: Any) -> list[Any]:
    if get_origin(hint) in {Union, UnionType}:
        return [kind for each in get_args(hint) for kind in _alternatives(each)]
    return [hint]


def _is_object(kind: Any) -> bool:
    # A dictionary may also be given as one of the library's objects; on the wire they are the same.
    return get_origin(kind) is UntypedStripeObject


def _is_compound(kind: Any) -> bool:
    return is_typeddict(kind) or get_origin(kind) in {list, dict}


def _compound(value: dict[str, Any], kind: Any, at: str) -> Any:
    if is_typeddict(kind):
        return checked(value, kind, at)
    if get_origin(kind) is dict:
        return {name: _value(inner, get_args(kind)[1] | Literal[""], f"{at}[{name}]") for name, inner in value.items()}
    if not all(name.isdigit() for name in value):
        raise Refused("Invalid array", param=at)
    inside = get_args(kind)[0]
    return [_value(value[name], inside, f"{at}[{name}]") for name in sorted(value, key=int)]


def _scalar(value: str, kind: Any, at: str) -> Any:
    if kind is int:
        if not WHOLE.fullmatch(value):
            raise Refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=at)
        return int(value)
    if kind is bool:
        if value not in {"true", "false"}:
            raise Refused(f"Invalid boolean: {value}", param=at)
        return value == "true"
    if kind in {Decimal, float}:
        if not NUMBER.fullmatch(value):
            raise Refused(f"Invalid decimal: {value}", code="parameter_invalid_decimal", param=at)
        return Decimal(value)
    return value


def only(params: dict[str, Any], modelled: frozenset[str]) -> None:
    """Refuse what Stripe knows and the double does not, aloud: to ignore it would be a lie.

    modelled: names as `line_items.price_data.currency`
    """
    for name in _names(params):
        if not any(name == each or name.startswith(f"{each}.") for each in modelled):
            raise Refused(f"The double of Stripe does not do '{name}'.", code="not_in_the_double", param=name)


def _names(params: Any, at: str = "") -> Iterable[str]:
    if isinstance(params, dict) and (params or not at):
        for name, value in params.items():
            yield from _names(value, f"{at}.{name}" if at else name)
    elif isinstance(params, list) and any(isinstance(each, dict) for each in params):
        for each in params:
            yield from _names(each, at)
    else:
        yield at
