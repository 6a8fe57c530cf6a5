"""What a form of ours sends."""

from __future__ import annotations

from urllib.parse import parse_qs

from app.asking import Refused

_FIELDS = 2  # the box, and an example that was tapped instead


def read_field(body: bytes, name: str) -> str:
    """Return the last value of the field `name`; raise Refused for a body that no form of ours sends."""
    try:
        fields = parse_qs(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        raise Refused("error_request", 400) from None
    if list(fields) != [name]:
        raise Refused("error_request", 400)
    return fields[name][-1]
