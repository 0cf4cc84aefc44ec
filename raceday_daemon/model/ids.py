"""Row ids computed from what a row describes, so that writing it again changes nothing."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6d1c5b0e-3b0c-5e39-9a57-6f4f1a2f8f10")


def row_id(*described: str) -> str:
    """Give the id (uuid5, lower case) of the row that these words describe, in their order."""
    return str(uuid5(_NAMESPACE, "\x1f".join(described)))
