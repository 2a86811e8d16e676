"""A question to the books, and what contradicts them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction in the books.

    rule: which of them is broken, e.g. "N1": see `billing.selectors.books`
    says: a sentence that names the document, or what else it is about, and the fact
    """

    rule: str
    says: str


@dataclass(frozen=True, slots=True)
class Check:
    """A question to all tables at once; every row of its answer is a finding.

    says: the sentence; the columns of the answer are put into it
    """

    rule: str
    says: Promise
    sql: str

    def findings(self) -> Iterator[Finding]:
        """Ask, and yield what is wrong.

        queries: 1
        """
        with connection.cursor() as cursor:
            cursor.execute(self.sql)
            names = [column.name for column in cursor.description]
            while rows := cursor.fetchmany(AT_ONCE):
                for row in rows:
                    yield Finding(self.rule, str(self.says) % dict(zip(names, row, strict=True)))
