"""One subdistrict in proportion: compounds, homes, residents and a year of cases, equal for equal seed and anchor."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from linli.foundation.accounts.models import Grant
from linli.foundation.bodies.actions import found_body
from linli.foundation.bodies.models import Body
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.notices.actions import publish_now
from linli.foundation.people.loading import PersonRow, load_people
from linli.foundation.places.actions import (
    DwellingRow,
    add_building,
    add_dwellings,
    add_gates,
    add_place,
    issue_plates,
    set_facts,
)
from linli.foundation.places.models import Dwelling, Place
from linli.shell.cast import Cast
from linli.shell.demo import situations as said
from linli.work.cases.loading import PastCase, PastStep, load
from linli.work.cases.models import LINES


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    compounds: int
    dwellings: int
    people: int
    cases: int


SCALES = {"tiny": Scale(6, 300, 900, 200), "small": Scale(90, 20_000, 70_000, 5_000)}
CENTRE = (113.118, 36.191)
Each = Callable[[int, str], Iterator[int]]


@dataclass(slots=True)
class Filler:
    """The running generator: one random stream, the district's context and the cast."""

    context: Context
    system: Actor
    cast: Cast
    scale: Scale
    rng: random.Random
    anchor: date

    def compounds(self, communities: list[Place], each: Each) -> list[Place]:
        """Compounds in the communities of the subdistrict, named without repeating within a community."""
        names = [f"{a}{b}" for a in said.COMPOUND_FIRST for b in said.COMPOUND_LAST]
        self.rng.shuffle(names)
        made = []
        for number in each(self.scale.compounds, "compounds"):
            community = communities[number % len(communities)]
            longitude = CENTRE[0] + self.rng.uniform(-0.02, 0.02)
            latitude = CENTRE[1] + self.rng.uniform(-0.016, 0.016)
            made.append(
                add_place(
                    actor=self.system,
                    level="compound",
                    parent=community,
                    name=names[number % len(names)],
                    now=self.context.now,
                    longitude=round(longitude, 5),
                    latitude=round(latitude, 5),
                )
            )
        return made

    def homes(self, compounds: list[Place], each: Each) -> None:
        """Buildings with stairwells and dwellings, gates and plates, through the same actions as by hand."""
        share = self.scale.dwellings // len(compounds)
        for number in each(len(compounds), "compounds with buildings and homes"):
            place, left = compounds[number], max(12, int(share * self.rng.uniform(0.5, 1.5)))
            self._facts(place, number)
            add_gates(
                actor=self.system,
                place=place,
                names=["东门", "北门"][: self.rng.choice((1, 2))],
                now=self.context.now,
            )
            building = 0
            while left > 0:
                building += 1
                left -= self._building(place, building, left)
            issue_plates(actor=self.system, place=place, now=self.context.now)

    def _facts(self, place: Place, number: int) -> None:
        road = ("英雄路", "太行街", "府后街", "和平街", "解放路")[number % 5]
        set_facts(
            actor=self.system, place=place, now=self.context.now, address=f"{road}{self.rng.randint(1, 199)}号",
            built_year=self.rng.randint(1985, 2022), management=self.rng.choice(("professional", "professional", "self_managed", "unmanaged")),
            has_lift=self.rng.random() < 0.5,
        )  # fmt: skip

    def notices(self) -> None:
        """A few papers on the board: an announcement, a consultation with objections, a disclosure."""
        committee, at = self.cast.bodies["committee"], self.cast.places
        for rule, place, title, text in (
            (
                "announcement",
                at["community"],
                "供暖季温度抽测安排",
                "本周三至周五上门抽测室温，测温人员佩戴工作证。需要测温的住户可在站点登记或拨打热线。",
            ),
            (
                "consultation",
                at["compound"],
                "小区北门夜间关闭时间征求意见",
                "拟于每日23时至次日5时关闭北门，东门全天开放。对此有意见的，请在公示期内提出。",
            ),
            (
                "disclosure",
                at["compound"],
                "公共收益第三季度收支",
                "广告和场地收入合计18600元，支出维修费7200元，结余11400元计入小区公共收益账户。",
            ),
        ):
            publish_now(
                actor=self.system,
                context=self.context,
                rule=rule,
                place=place,
                title=title,
                text=text,
                basis="演示",
                body=committee,
            )

    def _building(self, place: Place, number: int, left: int) -> int:
        stairwells = self.rng.choice((1, 2, 3, 4))
        storeys = self.rng.choice((6, 6, 6, 11, 18, 26))
        stairwells = max(1, min(stairwells, left // (storeys * 2) or 1))
        built = add_building(
            actor=self.system, place=place, code=str(number), now=self.context.now, storeys=storeys, stairwells=stairwells,
            completed_on=date(self.rng.randint(1985, 2022), 7, 1),
        )  # fmt: skip
        rows = [
            DwellingRow(
                stairwell=str(s), number=f"{floor}0{door}", floor=floor, area=self.rng.randint(4500, 14000)
            )
            for s in range(1, stairwells + 1)
            for floor in range(1, storeys + 1)
            for door in (1, 2)
        ]
        return add_dwellings(
            actor=self.system, building=built, rows=rows[: max(left, 2)], now=self.context.now
        )

    def residents(self, each: Each) -> dict[int, list[int]]:
        """Synthetic residents in the dwellings; ids by compound. Names and numbers are made up and marked so."""
        homes = list(
            Dwelling.objects.filter(district=self.context.district, ended_at=None)
            .order_by("id")
            .values_list("id", "place_id", "place__path")
        )
        rows: list[PersonRow] = []
        for number in range(self.scale.people):
            home, place, path = homes[number % len(homes)]
            kind = ("owner", "family", "family", "tenant")[(number // len(homes)) % 4]
            rows.append(PersonRow(self._name(), self._phone(number), path, place, home, kind))
        by_compound: dict[int, list[int]] = {}
        step = 10_000
        for part in each(-(-len(rows) // step), "blocks of 10,000 synthetic residents"):
            chunk = rows[part * step : (part + 1) * step]
            ids = load_people(self.context.district, chunk, source="demonstration", now=self.context.now)
            for row, id_ in zip(chunk, ids, strict=True):
                by_compound.setdefault(row.compound, []).append(id_)
        return by_compound

    def _name(self) -> str:
        return self.rng.choice(said.SURNAMES) + "".join(
            self.rng.choice(said.GIVEN) for _ in range(self.rng.choice((1, 2, 2)))
        )

    def _phone(self, number: int) -> str:
        # 1990000xxxx: a block that reads as made up; not every resident has left one.
        return f"1990{number % 10_000_000:07d}" if number % 5 else ""

    def companies(self, compounds: list[Place]) -> dict[int, Body]:
        """About one property company for five compounds; the first compounds belong to the cast's company."""
        serving: dict[int, Body] = {}
        for start in range(0, len(compounds), 5):
            group = compounds[start : start + 5]
            words = f"{said.COMPOUND_FIRST[start // 5 % len(said.COMPOUND_FIRST)]}物业服务（演示{start // 5 + 1}）"
            body = found_body(
                actor=self.system,
                kind="property_company",
                name=words,
                place=group[0],
                now=self.context.now,
                serves=tuple(group),
            )
            serving |= {place.id: body for place in group}
        return serving


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast people work on a class: ranges in minutes, and the median minutes to an answer."""

    dispatch: tuple[int, int]
    sign: tuple[int, int]
    contact: tuple[int, int]
    answer: int
    slow: bool


PACES = {
    "P0": Pace((1, 9), (2, 14), (3, 16), 55, slow=False),
    "P1": Pace((2, 19), (4, 29), (10, 100), 420, slow=False),
    "P2": Pace((5, 150), (10, 400), (20, 700), 2000, slow=True),
    "P3": Pace((10, 300), (20, 500), (30, 900), 5600, slow=True),
    "PM": Pace((3, 40), (4, 40), (10, 150), 1300, slow=True),
}


@dataclass(slots=True)
class Histories:
    """A year of cases for the compounds: seasons, weekdays, hours, and how each went on."""

    filler: Filler
    compounds: list[Place]
    serving: dict[int, Body]
    residents: dict[int, list[int]]
    clerks: dict[str, Actor]
    classes: dict[str, str]

    def write(self, each: Each) -> None:
        """Load in batches of 500."""
        total = self.filler.scale.cases
        for part in each(-(-total // 500), "batches of 500 past cases"):
            size = min(500, total - part * 500)
            load(self.filler.context, [self._one() for _ in range(size)])

    def _moment(self) -> datetime:
        """Mornings and evenings on working days, more in the last weeks, in the district's zone."""
        rng, zone = self.filler.rng, self.filler.context.zone
        days_ago = min(int(rng.expovariate(1 / 110)), 360)
        day = self.filler.anchor - timedelta(days=days_ago)
        hour = rng.choices(
            range(24), (1, 1, 1, 1, 1, 2, 5, 9, 14, 16, 14, 11, 7, 6, 9, 11, 11, 10, 11, 13, 12, 9, 5, 2)
        )[0]
        moment = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), tzinfo=zone)
        latest = self.filler.context.now - timedelta(minutes=rng.randint(5, 600))
        return min(moment, latest)

    def _one(self) -> PastCase:
        rng = self.filler.rng
        received = self._moment()
        fitting = [s for s in said.SITUATIONS if received.month in s.months]
        situation = rng.choices(fitting, [s.weight for s in fitting])[0]
        place = rng.choice(self.compounds)
        words: dict[str, int | str] = {
            "b": rng.randint(1, 12), "u": rng.randint(1, 4), "f": rng.randint(2, 18), "h": rng.randint(22, 24), "t": rng.randint(12, 16),
            "w": rng.randint(19, 22), "m": rng.randint(1, 5), "d": rng.choice(("三天", "一周", "半个月", "快一个月", "两天")),
        }  # fmt: skip
        people = self.residents.get(place.id, [])
        contact = rng.choice(people) if people and rng.random() < 0.7 else None
        channel = rng.choices(("public", "hotline", "paper"), (6, 5, 1))[0]
        steps = self._steps(situation, place, received, words)
        return PastCase(
            place,
            situation.kind,
            situation.request,
            rng.choice(situation.texts).format(**words),
            channel,
            received,
            contact,
            tuple(steps),
            LINES[1 + received.minute % 3] if channel == "hotline" else "",
        )

    def _steps(
        self, situation: said.Situation, place: Place, received: datetime, words: dict[str, int | str]
    ) -> list[PastStep]:
        """Dispatch to judgement with human delays; stops where the anchor moment cuts the story off."""
        rng, body = self.filler.rng, self.serving[place.id]
        handler = Actor(district=place.district, kind="staff", body=body.id)
        clerk, caller = self.clerks["community"], public(place.district)
        if rng.random() < 0.02:
            refused = PastStep(
                "refuse",
                received + timedelta(hours=2),
                clerk,
                "此事已进入诉讼，请按法院程序办理。",
                reason="litigation",
            )
            return self._until_now([refused])
        pace = PACES[self.classes[situation.kind]]
        at = received + timedelta(minutes=rng.randint(*pace.dispatch))
        steps = [PastStep("dispatch", at, clerk, body=body.id)]
        at += timedelta(minutes=rng.randint(*pace.sign))
        steps.append(PastStep("sign", at, handler))
        at += timedelta(minutes=rng.randint(*pace.contact))
        steps.append(PastStep("contact", at, handler))
        if pace.slow and rng.random() < 0.3:
            at += timedelta(hours=rng.randint(2, 12))
            steps.append(PastStep("progress", at, handler, rng.choice(said.PROGRESS)))
        at += timedelta(minutes=rng.lognormvariate(math.log(pace.answer), 0.55))
        steps.append(PastStep("answer", at, handler, rng.choice(situation.answers).format(**words)))
        return self._until_now(steps + self._judged(at, handler, situation, words, caller))

    def _judged(
        self,
        at: datetime,
        handler: Actor,
        situation: said.Situation,
        words: dict[str, int | str],
        caller: Actor,
    ) -> list[PastStep]:
        rng, back = self.filler.rng, self.clerks["callback"]
        luck = rng.random()
        if luck < 0.06:
            return [
                PastStep(
                    "not_judge",
                    at + timedelta(days=14),
                    Actor(handler.district, "system"),
                    reason="no_answer",
                )
            ]
        later = at + timedelta(hours=rng.randint(1, 60))
        if luck < 0.14:
            again = later + timedelta(hours=rng.randint(6, 50))
            steps = [
                PastStep("reopen", later, caller, solved="no", rating="dissatisfied"),
                PastStep("answer", again, handler, rng.choice(situation.answers).format(**words)),
            ]
            end, good = again + timedelta(hours=rng.randint(2, 40)), rng.random() < 0.7
            if good:
                return [*steps, PastStep("confirm_solved", end, caller, solved="yes", rating="basic")]
            # Not solved twice: the conference decides, here that nothing more can be done.
            ruled = PastStep("rule_close", end + timedelta(hours=30), self.clerks["district"], said.RULING)
            return [*steps, PastStep("to_conference", end, caller, solved="no", rating="dissatisfied"), ruled]
        rating = rng.choices(("very", "satisfied", "basic"), (5, 6, 2))[0]
        if luck < 0.5:
            return [
                PastStep("take_callback", later, back),
                PastStep("confirm_solved", later + timedelta(minutes=6), back, solved="yes", rating=rating),
            ]
        return [PastStep("confirm_solved", later, caller, solved="yes", rating=rating)]

    def _until_now(self, steps: list[PastStep]) -> list[PastStep]:
        return [s for s in steps if s.at <= self.filler.context.now]


def actor_of(cast: Cast, login: str) -> Actor:
    """The acting person of a seat, as events name it."""
    grant = Grant.objects.get(district=cast.district, user=cast.users[login], valid_to=None)
    return Actor(
        district=cast.district, kind="staff", user=grant.user_id, grant=grant.id, appointment=grant.appointment, body=grant.body,
        role=grant.role, scope=grant.scope_path,
    )  # fmt: skip


def fill(context: Context, system: Actor, cast: Cast, *, size: str, anchor: date, each: Each) -> None:
    """Everything of a size; equal seed and anchor give equal data but for keys, passwords and random names of addresses."""
    filler = Filler(context, system, cast, SCALES[size], random.Random(f"linli-{size}-{anchor}"), anchor)  # noqa: S311  # synthetic data, not a secret
    subdistrict = cast.places["subdistrict"]
    communities = list(
        Place.objects.filter(district=context.district, parent=subdistrict, valid_to=None).order_by("code")
    )
    compounds = filler.compounds(communities, each)
    own = [cast.places["compound"], cast.places["second_compound"]]
    filler.homes([*compounds, *own], each)
    residents = filler.residents(each)
    serving = filler.companies(compounds)
    serving |= {place.id: cast.bodies["company"] for place in own}
    seats = {"community": "community.clerk", "callback": "callback.clerk", "district": "district.clerk"}
    clerks = {name: actor_of(cast, login) for name, login in seats.items()}
    classes = {
        row["code"]: row["class"] for row in charter.current(context.district, context.now)["cases.kinds"]
    }
    Histories(filler, [*compounds, *own, *own], serving, residents, clerks, classes).write(each)
    filler.notices()
