"""What a process of the kill test was started with; read from the environment, only by this package."""

from __future__ import annotations

import os

DEFECT = os.environ.get("LINLI_PROOF_DEFECT", "")
LEASE = float(os.environ.get("LINLI_PROOF_LEASE", "0"))  # seconds; 0 is the product's own
DWELL = float(os.environ.get("LINLI_PROOF_DWELL", "0"))  # seconds the probe stays inside its transaction
RECEIVER = os.environ.get("LINLI_PROOF_RECEIVER", "")


def allowed(mode: str) -> bool:
    """Whether this process was started for the kill test."""
    return mode == "test" and os.environ.get("LINLI_PROOF") == "1"
