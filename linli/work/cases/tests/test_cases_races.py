"""Twenty and more people do the same thing to the same case at once: one is first, the others are told so.

That there is something to be afraid of the same test shows with the row's lock left off: then nobody is told, and
people run into the database's own last constraint or over each other.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.db.models import QuerySet

from linli.foundation.accounts.models import Grant
from linli.foundation.bodies.models import Body
from linli.foundation.core.context import Context, work_in
from linli.foundation.core.errors import Refused
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor, public
from linli.work.cases import actions
from linli.work.cases.actions import steps
from linli.work.cases.models import Assignment, Case, CaseHold, Entry
from linli.work.cases.tests.builders import acting, open_desk

pytestmark = pytest.mark.slow
HERE = (140403, "luzhou", "Asia/Shanghai")
MANY = 24
Do = Callable[[Context, str, int], object]


@dataclass(frozen=True, slots=True)
class Race:
    """How far the case is brought, what each of the many does, and who may win."""

    stage: str
    do: Do


def actor_of(login: str, context: Context) -> Actor:
    return acting(Grant.objects.get(district=HERE[0], user__login_name=login, valid_to=None), context)


def by(login: str, verb: str, **more: Any) -> Do:
    """A verb of the staff."""

    def do(context: Context, case: str, _number: int) -> object:
        fill = {k: (v() if callable(v) else v) for k, v in more.items()}
        return getattr(actions, verb)(actor=actor_of(login, context), context=context, case=case, **fill)

    return do


def company() -> str:
    return Body.objects.get(district=HERE[0], id=COMPANY["id"]).public_id


def caller(verb: str, **more: Any) -> Do:
    """The caller's own verb; every send has its own key."""

    def do(context: Context, case: str, number: int) -> object:
        row = Case.objects.get(district=HERE[0], public_id=case)
        return getattr(actions, f"{verb}_by_caller")(
            actor=public(HERE[0]), context=context, case=row, key=f"{verb}-{case}-{number}", **more
        )

    return do


def turns(*ways: Do) -> Do:
    """The first half does the one, the second half the other."""
    return lambda context, case, number: ways[number % len(ways)](context, case, number)


COMPANY: dict[str, int] = {}
NOTE = {"note": "不归我们管。"}
dispatch = by("community.clerk", "dispatch", body=company)
sign = by("property.handler", "sign")
contact = by("property.handler", "contact")
answer = by("property.handler", "answer", text="路灯已更换。")
recall = by("community.clerk", "recall", **NOTE)
ask_return = by("property.handler", "ask_return", reason="not_our_duty", **NOTE)
confirm = by("callback.clerk", "judge", solved="yes", rating="satisfied")
again = by("callback.clerk", "judge", solved="no", rating="dissatisfied")
ONE_WINS = {
    "dispatch": Race("received", dispatch),
    "sign": Race("dispatched", sign),
    "recall or sign": Race("dispatched", turns(recall, sign)),
    "return": Race("dispatched", ask_return),
    "answer": Race("contacted", answer),
    "judge by call-back": Race("submitted", confirm),
    "reopen by call-back": Race("submitted", again),
    "judge by call-back or caller": Race("submitted", turns(confirm, caller("judge", solved="no", rating="dissatisfied"))),
    "withdraw": Race("contacted", caller("withdraw")),
}  # fmt: skip
# An end may follow the other step, which may not follow the end.
END_MAY_FOLLOW = {
    "dispatch or hand over": Race("received", turns(dispatch, by("community.clerk", "transfer", to="emergency", **NOTE))),
    "answer or withdraw": Race("contacted", turns(caller("withdraw"), answer)),
}  # fmt: skip
WAY = (("dispatched", dispatch), ("signed", sign), ("contacted", contact), ("submitted", answer))


def ready(names: list[str], stages: list[str]) -> list[str]:
    """Cases brought to their stages, committed."""
    with work_in(*HERE) as work:
        desk = open_desk(work)
        COMPANY["id"] = desk.cast.bodies["company"].id
        made = []
        for name, stage in zip(names, stages, strict=True):
            case = desk.report(key=name.replace(" ", "-")).public_id
            for reached, step in WAY if stage != "received" else ():
                step(replace(desk.context), case, 0)
                if reached == stage:
                    break
            made.append(case)
    return made


def at_once(do: Do, case: str, many: int = MANY) -> Counter[str]:
    """How it ended for each of the many: `won`, `<status> <code>`, or the database's own words."""
    barrier, ends = threading.Barrier(many), Counter[str]()
    lock = threading.Lock()

    def run(number: int) -> None:
        barrier.wait(30)
        try:
            with work_in(*HERE) as (context, _system):
                do(context, case, number)
            end = "won"
        except Refused as refusal:
            end = f"{refusal.status} {refusal.code}"
        except DatabaseError as problem:
            end = type(problem).__name__
        finally:
            connections.close_all()
        with lock:
            ends[end] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def written(case: str) -> Counter[str]:
    """What stands about a case; its events are numbered without gap."""
    with work_in(*HERE):
        row = Case.objects.get(district=HERE[0], public_id=case)
        seqs = list(
            Event.objects.filter(subject_type="case", subject_id=row.id)
            .order_by("seq")
            .values_list("seq", flat=True)
        )
        assert seqs == list(range(1, row.seq + 1)), case
        return Counter(
            events=len(seqs),
            turns=Assignment.objects.filter(case=row).count(),
            holds=CaseHold.objects.filter(case=row).count(),
            entries=Entry.objects.filter(case=row).count(),
        )


def test_one_is_first_and_the_others_are_told(committed: object) -> None:
    cases = ready(list(ONE_WINS), [race.stage for race in ONE_WINS.values()])
    for case, (name, race) in zip(cases, ONE_WINS.items(), strict=True):
        before = written(case)
        ends = at_once(race.do, case)
        assert ends == {"won": 1, "409 case.stage": MANY - 1}, name
        more = written(case) - before
        assert more["events"] == 1 and all(number == 1 for number in more.values()), (name, more)


def test_an_end_comes_once_and_nothing_after_it(committed: object) -> None:
    cases = ready(list(END_MAY_FOLLOW), [race.stage for race in END_MAY_FOLLOW.values()])
    for case, (name, race) in zip(cases, END_MAY_FOLLOW.items(), strict=True):
        before = written(case)
        ends = at_once(race.do, case)
        assert ends["won"] in (1, 2) and ends["won"] + ends["409 case.stage"] == MANY, (name, ends)
        more = written(case) - before
        assert more["events"] == ends["won"], (name, more)
        with work_in(*HERE):
            row = Case.objects.get(district=HERE[0], public_id=case)
            assert row.stage in ("transferred_emergency", "withdrawn") and row.ended_at is not None, name


def test_a_return_and_a_signature_meet(committed: object) -> None:
    """Signed first, it may still be returned; returned first, it may not be signed. Never twice the same."""
    (case,) = ready(["return"], ["dispatched"])
    before = written(case)
    ends = at_once(turns(sign, ask_return), case)
    assert ends["won"] in (1, 2) and ends["won"] + ends["409 case.stage"] == MANY, ends
    more = written(case) - before
    assert (more["events"], more["holds"]) == (ends["won"], 1)


def test_what_many_may_do_at_once_is_counted_for_each(committed: object) -> None:
    (case,) = ready(["urge"], ["contacted"])
    before = written(case)
    assert at_once(caller("urge"), case) == {"won": MANY}
    assert at_once(by("property.handler", "progress", text="在等零件。"), case) == {"won": MANY}
    assert (written(case) - before) == {"events": 2 * MANY, "entries": MANY}
    with work_in(*HERE):
        assert Case.objects.get(district=HERE[0], public_id=case).urged == MANY


@pytest.mark.parametrize("name", ["dispatch", "sign", "answer"])
def test_without_the_lock_the_race_is_there(
    committed: object, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (case,) = ready([name], [ONE_WINS[name].stage])
    allowed = steps._allowed

    def slowly(*given: Any) -> Any:
        time.sleep(0.3)  # everybody has read the case by now
        return allowed(*given)

    monkeypatch.setattr(steps, "_allowed", slowly)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_more: rows.all())
    ends = at_once(ONE_WINS[name].do, case)
    assert not ends["409 case.stage"] and ends["IntegrityError"] == MANY - 1, ends
