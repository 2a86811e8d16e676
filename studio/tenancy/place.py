"""Where a database connection stands: which schema it sees first and as which role."""

from dataclasses import dataclass

PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Place:
    """A schema and a role.

    schema: the schema on the path, before the extensions; its name stands for the studio everywhere
    role: None means the login itself, which must be the owner's
    """

    schema: str
    role: str | None

    @property
    def is_studio(self) -> bool:
        """Whether this is the inside of a studio, in whichever role."""
        return self.schema != PUBLIC
