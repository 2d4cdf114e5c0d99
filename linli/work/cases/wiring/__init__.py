"""What the case room tells core, part by part: charter keys, verbs, event types, desk pages."""

from linli.work.cases.wiring import case, desk, exchange, flow, hotline, rates, sorting
from linli.work.cases.wiring import open as connected

PARTS = (
    case,
    desk,
    flow,
    rates,
    sorting,
    connected,
    exchange,
    hotline,
)  # a new part of the room adds its module here


def connect() -> None:
    for part in PARTS:
        part.connect()
