"""The root of every refusal that a person can act on."""


class DomainError(Exception):
    """A refusal; `str(error)` is a whole translated sentence for the person who asked.

    Subclasses are defined in the service module that raises them. Anything else that is
    raised is a bug.
    """

    status_code = 409
