"""Cutting the text of an SQL dump into statements, as it streams in.

The cuts must fall exactly where PostgreSQL's own lexer sees them: what is taken for a string here and
for code there would pass the screening unseen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from studio.errors import DomainError

MAX_STATEMENT = 64 * 1024 * 1024  # characters; a dump's longest is one INSERT of many rows
FORGET_AFTER = 1024 * 1024
LOOKAHEAD = 128  # no opening sign is longer: a dollar tag has at most 63 letters
# PostgreSQL takes every letter outside ASCII, and whatever else is there, as part of a name.
NAME = r"[A-Za-z0-9_$\x80-\U0010ffff]"
TAG = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*"
OPENING = re.compile(rf"""'|"|(?<!{NAME})\$(?:{TAG})?\$|--|/\*|;|\\""")
PLAIN_STRING = re.compile(r"'[^']*(?:''[^']*)*'")
ESCAPE_STRING = re.compile(r"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'", re.DOTALL)
ESCAPE_BEFORE = re.compile(rf"(?<!{NAME})[eE]$")
QUOTED_NAME = re.compile(r'"[^"]*(?:""[^"]*)*"')
LINE_COMMENT = re.compile(r"--[^\r\n]*[\r\n]")
COMMENT_EDGE = re.compile(r"/\*|\*/")
HEADER = "-- PostgreSQL database dump"
FOOTER = "-- PostgreSQL database dump complete"
HARMLESS_COMMANDS = ("\\restrict ", "\\unrestrict ")  # pg_dump's own guard against what is refused here


class Unreadable(DomainError):
    """The source cannot be taken over at all; nothing was written."""

    status_code = 400


class Truncated(Unreadable):
    """The dump stops before its end."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement.

    text: as it stands in the dump, without the semicolon
    bare: the same with strings emptied and comments gone, so that only code is left
    line: where it begins, from 1
    """

    text: str
    bare: str
    line: int


class Dump:
    """A dump being read; `statements()` and, right after a COPY, `copy_data()` share one position."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._at = 0  # all before it is done with
        self._line = 1
        self._ended = False
        self._header = self._footer = False
        self._after_escape = False

    def statements(self) -> Iterator[Statement]:
        """Yield the statements in order.

        raises: Truncated, Unreadable
        """
        while (statement := self._next()) is not None:
            yield statement
        if self._header and not self._footer:
            raise self._truncated()

    def copy_data(self) -> Iterator[str]:
        """Yield the lines after a COPY, with their ends, up to the one that closes it.

        raises: Truncated
        """
        self._move_to(self._line_end(self._at))
        while True:
            self._forget()
            end = self._line_end(self._at)
            line = self._text[self._at : end]
            if not line.endswith("\n"):
                raise self._truncated()
            self._move_to(end)
            if line.rstrip("\r\n") == "\\.":
                return
            yield line

    def _more(self) -> bool:
        """Read another piece; False at the end."""
        if len(self._text) - self._at > MAX_STATEMENT:
            raise Unreadable(_("The statement in line %(line)d is too long.") % {"line": self._line})
        piece = None if self._ended else next(self._pieces, None)
        self._ended = piece is None
        self._text += piece or ""
        return not self._ended

    def _move_to(self, at: int) -> None:
        self._line += self._text.count("\n", self._at, at)
        self._at = at

    def _forget(self) -> None:
        """Free what is done with; only between statements and lines, since positions change."""
        if self._at > FORGET_AFTER:
            self._text, self._at = self._text[self._at :], 0

    def _line_end(self, start: int) -> int:
        while (end := self._text.find("\n", start)) < 0:
            start = len(self._text)
            if not self._more():
                return len(self._text)
        return end + 1

    def _truncated(self) -> Truncated:
        line = self._line + self._text.count("\n", self._at)
        return Truncated(_("The dump is cut off: it ends unfinished at line %(line)d.") % {"line": line})

    def _next(self) -> Statement | None:
        """Return the next statement, None at the end."""
        self._forget()
        bare: list[str] = []
        at = self._at
        searched = at  # no sign begins before it, so a long statement is not searched again for each of its pieces
        while True:
            found = OPENING.search(self._text, max(at, searched))
            if found is None or found.start() > len(self._text) - LOOKAHEAD:
                searched = self._searched(max(at, searched))
                if self._more():
                    continue
            if found is None:
                if self._text[at:].strip() or "".join(bare).strip():
                    raise self._truncated()
                return None
            bare.append(self._text[at : found.start()])
            self._after_escape = self._after_escape and not bare[-1].strip()
            if found.group() == ";":
                return self._cut(found.start(), "".join(bare))
            if found.group() == "\\":
                at = self._pass_over_command(found.start(), "".join(bare))
            else:
                at, stands_for = self._literal(found)
                bare.append(stands_for)

    def _searched(self, start: int) -> int:
        """Return how far nothing begins that more text could still make a sign: a tag has no second dollar sign yet."""
        end = max(start, len(self._text) - LOOKAHEAD)
        dollar = self._text.rfind("$", start, end)
        return end if dollar < 0 else dollar

    def _cut(self, end: int, bare: str) -> Statement:
        text = self._text[self._at : end]
        blank = len(text) - len(text.lstrip())
        statement = Statement(text.strip(), bare.strip(), self._line + text.count("\n", 0, blank))
        self._move_to(end + 1)
        return statement

    def _pass_over_command(self, start: int, bare: str) -> int:
        """Return the end of a line with one of pg_dump's own two commands; psql's others are refused."""
        end = self._line_end(start)
        if bare.strip() or not self._text.startswith(HARMLESS_COMMANDS, start):
            line = self._line + self._text.count("\n", self._at, start)
            message = _("Line %(line)d holds a command of psql, not SQL: such a dump is not run.")
            raise Unreadable(message % {"line": line})
        self._move_to(end)
        return end

    def _literal(self, found: re.Match[str]) -> tuple[int, str]:
        """Return where a string, name or comment ends, and what stands for it in the bare text."""
        start, sign = found.start(), found.group()
        if sign == "--":
            return self._line_comment(start), "\n"
        if sign == "/*":
            return self._comment_end(found.end()), " "
        if sign == "'":
            return self._string(start), "''"
        if sign == '"':
            end = self._end_of(QUOTED_NAME, start)
            return end, self._text[start:end]
        return self._dollar_end(sign, found.end()), "''"

    def _string(self, start: int) -> int:
        """Return where a string ends; one that goes on after an escape string keeps its rules, so it is refused."""
        if self._after_escape:
            line = self._line + self._text.count("\n", self._at, start)
            raise Unreadable(_("Line %(line)d joins two strings, which no dump needs.") % {"line": line})
        self._after_escape = ESCAPE_BEFORE.search(self._text, max(0, start - 2), start) is not None
        return self._end_of(ESCAPE_STRING if self._after_escape else PLAIN_STRING, start)

    def _line_comment(self, start: int) -> int:
        while (found := LINE_COMMENT.match(self._text, start)) is None and self._more():
            pass
        end = found.end() if found else len(self._text)
        comment = self._text[start:end].strip()
        self._header = self._header or comment == HEADER
        self._footer = self._footer or comment == FOOTER
        return end

    def _end_of(self, pattern: re.Pattern[str], start: int) -> int:
        while True:
            found = pattern.match(self._text, start)
            # A quote at the very end of what was read may be the first half of a doubled one.
            if found and found.end() < len(self._text):
                return found.end()
            if not self._more():
                if found:
                    return found.end()
                raise self._truncated()

    def _comment_end(self, at: int) -> int:
        depth = 1
        while depth:
            found = COMMENT_EDGE.search(self._text, at)
            if found is not None:
                depth += 1 if found.group() == "/*" else -1
                at = found.end()
                continue
            at = max(at, len(self._text) - 1)
            if not self._more():
                raise self._truncated()
        return at

    def _dollar_end(self, tag: str, at: int) -> int:
        while (end := self._text.find(tag, at)) < 0:
            at = max(at, len(self._text) - len(tag))
            if not self._more():
                raise self._truncated()
        return end + len(tag)
