"""Amounts in words, in English and in French as it is written in France."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from studio.money import EXPONENTS

MOST = 10**12  # as far as the columns go
HUNDRED, THOUSAND = 100, 1000

EN_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
EN_GROUPS = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
FR_SMALL = (
    *("z\u00e9ro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    *("treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"),
)
FR_TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt")
FR_GROUPS = ((10**9, "milliard"), (10**6, "million"))
# What one and what many of a currency are called; another is called by its code.
NAMES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("en", "EUR"): ("euro", "euros"),
    ("en", "GBP"): ("pound", "pounds"),
    ("en", "USD"): ("US dollar", "US dollars"),
    ("en", "CHF"): ("Swiss franc", "Swiss francs"),
    ("en", "MAD"): ("dirham", "dirhams"),
    ("fr", "EUR"): ("euro", "euros"),
    ("fr", "GBP"): ("livre sterling", "livres sterling"),
    ("fr", "USD"): ("dollar am\u00e9ricain", "dollars am\u00e9ricains"),
    ("fr", "CHF"): ("franc suisse", "francs suisses"),
    ("fr", "MAD"): ("dirham", "dirhams"),
}
FEMININE = {("fr", "GBP")}
HUNDREDTHS: Mapping[str, tuple[str, str]] = {"en": ("cent", "cents"), "fr": ("centime", "centimes")}
AND_ONE = (1, 11)
PENCE = {("en", "GBP"): ("penny", "pence"), ("fr", "GBP"): ("penny", "pence")}


def amount_in_words(amount: Decimal, currency: str, language: str) -> str:
    """Return an amount in words, e.g. "one hundred and twenty euros and five cents"; nothing for one too large."""
    whole, part = divmod(abs(amount), 1)
    if whole >= MOST:
        return ""
    spoken = _WORDS[language]
    one, many = NAMES.get((language, currency), (currency, currency))
    words = spoken(int(whole))
    if (language, currency) in FEMININE and words.endswith("un"):
        words += "e"
    linked = _of(one, many, int(whole), language)
    told = f"{words} {linked}"
    cents = int(part * 100)
    if cents and currency not in EXPONENTS:
        small = PENCE.get((language, currency), HUNDREDTHS[language])
        told += f" {'et' if language == 'fr' else 'and'} {spoken(cents)} {small[_is_many(cents, language)]}"
    return told


def _of(one: str, many: str, count: int, language: str) -> str:
    """Return the currency after its number; French says "de" after a full million."""
    name = many if _is_many(count, language) else one
    if language == "fr" and count and count % 10**6 == 0:
        return f"d\u2019{name}" if name[0] in "aeiou" else f"de {name}"
    return name


def _is_many(count: int, language: str) -> bool:
    return count > 1 if language == "fr" else count != 1


def _english(number: int) -> str:
    for size, name in EN_GROUPS:
        if number >= size:
            many, rest = divmod(number, size)
            head = f"{_english(many)} {name}"
            link = "and " if rest < HUNDRED else ""
            return f"{head} {link}{_english(rest)}" if rest else head
    if number < len(EN_SMALL):
        return EN_SMALL[number]
    tens, ones = divmod(number, 10)
    return EN_TENS[tens] + (f"-{EN_SMALL[ones]}" if ones else "")


def _french(number: int, *, is_last: bool = True) -> str:
    """Return a number; "vingt" and "cent" take their s only at the end of it, or before a million.

    is_last: whether nothing follows
    """
    for size, name in FR_GROUPS:
        if number >= size:
            many, rest = divmod(number, size)
            return _then(f"{_french(many)} {name}{'s' if many > 1 else ''}", rest, is_last=is_last)
    if number >= THOUSAND:
        many, rest = divmod(number, THOUSAND)
        return _then("mille" if many == 1 else f"{_french(many, is_last=False)} mille", rest, is_last=is_last)
    if number >= HUNDRED:
        many, rest = divmod(number, HUNDRED)
        several = f"{FR_SMALL[many]} cent{'s' if is_last and not rest else ''}"
        return _then("cent" if many == 1 else several, rest, is_last=is_last)
    return _french_below_hundred(number, is_last=is_last)


def _french_below_hundred(number: int, *, is_last: bool) -> str:
    if number < len(FR_SMALL):
        return FR_SMALL[number]
    tens, ones = divmod(number, 10)
    name = FR_TENS[tens]
    if name == FR_TENS[tens - 1]:  # seventy is sixty-ten, ninety is eighty-ten
        ones += 10
    is_eighty = name == FR_TENS[-1]
    if not ones:
        return f"{name}s" if is_eighty and is_last else name
    return f"{name} et {FR_SMALL[ones]}" if ones in AND_ONE and not is_eighty else f"{name}-{FR_SMALL[ones]}"


def _then(head: str, rest: int, *, is_last: bool) -> str:
    return f"{head} {_french(rest, is_last=is_last)}" if rest else head


_WORDS: Mapping[str, Callable[[int], str]] = {"en": _english, "fr": _french}
