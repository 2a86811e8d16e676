"""What is signed of a contract, and its fingerprint."""

import json
from hashlib import sha256

from billing.models import Contract
from billing.selectors import printed

TEXT_FIELDS = ("title", "kind", "terms", "starts_on", "ends_on", "currency", "value", "project_label")


def fingerprint_of(contract: Contract) -> str:
    """Return the SHA-256, in hex, of what is signed, with number and client."""
    said = {name: printed.plain(getattr(contract, name)) for name in TEXT_FIELDS}
    parties = {"number": contract.contract_number, "client": contract.client_label}
    return sha256(json.dumps([said, parties], sort_keys=True, separators=(",", ":")).encode()).hexdigest()
