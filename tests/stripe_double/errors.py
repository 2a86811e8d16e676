"""Stripe's way of saying no."""

from typing import Any

INVALID = "invalid_request_error"


class Refused(Exception):
    """An answer other than 200.

    status: of the answer
    kind, code, param: Stripe's `type`, `code` and `param`
    begun: whether the act had begun; only then is the answer kept under its idempotency key
    more: further members of the error
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = INVALID,
        code: str = "",
        param: str = "",
        begun: bool = False,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.begun = message, status, begun
        self.kind, self.code, self.param, self.more = kind, code, param, more or {}

    def body(self) -> dict[str, Any]:
        """Return the error as the body of an answer."""
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.code:
            error |= {
                "code": self.code,
                "doc_url": f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}",
            }
        if self.param:
            error["param"] = self.param
        return {"error": error | self.more}


def missing(kind: str, name: str, param: str = "id") -> Refused:
    """Return the refusal of an object that this account does not have."""
    return Refused(f"No such {kind}: '{name}'", status=404, code="resource_missing", param=param, begun=True)
