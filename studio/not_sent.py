"""The difference between "leave it as it is" and "make it empty"."""

from enum import Enum
from typing import Final, Literal


class NotSent(Enum):
    """The default of an argument for which None is a value of its own."""

    NOT_SENT = "not sent"


NOT_SENT: Final = NotSent.NOT_SENT
type Unsent = Literal[NotSent.NOT_SENT]
