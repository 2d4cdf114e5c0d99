"""The code a case is followed with: derived by keyed hash, so that it is stored nowhere."""

from __future__ import annotations

import base64

from linli.foundation.core.keys import keyring
from linli.work.cases.rules.numbers import code_from


def follow_code(district: int, public_id: str) -> str:
    """Eight letters and digits that, with its number, open one case to its caller."""
    raw = keyring().index("follow", f"{district}:{public_id}")
    return code_from(base64.urlsafe_b64decode(raw))
