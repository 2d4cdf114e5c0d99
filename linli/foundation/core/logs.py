"""JSON log lines: time, level, name, message and known fields only, so that no personal data slips in."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

FIELDS = (
    "request",
    "method",
    "view",
    "status",
    "ms",
    "outbox",
    "handler",
    "job",
    "district",
    "count",
    "check",
)


class JsonFormatter(logging.Formatter):
    """One JSON object a line. Exceptions show type and place, never their message (it may quote data)."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "name": record.name,
            "message": record.getMessage() if record.name.startswith("linli") else record.msg,
        }
        for name in FIELDS:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = []
            trace = record.exc_info[2]
            while trace is not None:
                code = trace.tb_frame.f_code
                frames.append(f"{code.co_filename.rsplit('/linli/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
                trace = trace.tb_next
            line["trace"] = frames[-12:]
        return json.dumps(line, ensure_ascii=False, default=str)
