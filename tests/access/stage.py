"""The stage of the matrix: both districts with the whole cast, and for each relation one of everything.

Relations are places: `own` (the company's compound), `same_community`, `other_community`, `other_subdistrict`.
Every caller carries a name and a number that occur nowhere else (CANARY…, 1991…), every case a tag.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import BytesIO

from django.conf import settings
from django.test import Client
from PIL import Image

from linli.foundation.accounts.actions import create_account
from linli.foundation.accounts.models import Grant, User
from linli.foundation.bodies.actions import appoint, end_appointment, found_body, open_roster, set_shift
from linli.foundation.bodies.models import Appointment, Body
from linli.foundation.core import files
from linli.foundation.core.context import Context
from linli.foundation.core.models import Event, StoredFile
from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.messaging import actions as messaging
from linli.foundation.messaging.models import Message
from linli.foundation.notices import actions as notices
from linli.foundation.places import actions as place_actions
from linli.foundation.places.actions import issue_plate
from linli.foundation.places.models import Place
from linli.foundation.places.rules.codes import compound_code
from linli.shell.cast import OFFICES, Cast, build
from linli.shell.divisions import load as load_divisions
from linli.work.cases import actions, reactions
from linli.work.cases.actions.intake import PHOTO_DOOR, Report
from linli.work.cases.models import ApiKey, Case, Sample, SampleDraw
from linli.work.cases.tests.builders import acting
from linli.work.cases.views.caller import COOKIE as CALLER_COOKIE

PASSWORD = "correct horse battery staple"
RELATIONS = ("own", "same_community", "other_community", "other_subdistrict")
COMPOUNDS = dict(
    zip(RELATIONS, ("compound", "second_compound", "neighbour_compound", "other_compound"), strict=True)
)
COMMUNITIES = dict(zip(RELATIONS, ("community", "community", "neighbour", "other_community"), strict=True))
STAGES = (
    "received",
    "dispatched",
    "returning",
    "signed",
    "handling",
    "submitted",
    "callback",
    "ended",
    "sealed",
    "extending",
    "parking",
    "conferring",
)
KIND = "gb_part_01037"
IMPORTED = "社区编码,小区名称\n140403001001,导入小区\n999999999999,无社区小区\n"


@dataclass(slots=True)
class Stage:
    """One district as built: things by relation, and the secrets of every caller."""

    slug: str
    context: Context
    system: Actor
    cast: Cast
    bodies: dict[str, Body] = field(default_factory=dict)
    holders: dict[str, Appointment] = field(default_factory=dict)
    things: dict[str, dict[str, str]] = field(default_factory=lambda: {r: {} for r in RELATIONS})
    secrets: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)

    @property
    def district(self) -> int:
        return self.context.district

    def actor(self, login: str) -> Actor:
        """The actor of a cast member."""
        grant = Grant.objects.get(district=self.district, user=self.cast.users[login], valid_to=None)
        return acting(grant, self.context)

    def holder(self, relation: str) -> Actor:
        """Who works for the company of a relation."""
        grant = Grant.objects.get(
            district=self.district, appointment=self.holders[relation].id, valid_to=None
        )
        return acting(grant, self.context)


def open_stage(pair: tuple[Context, Actor], number: int) -> Stage:
    """Build one district; `number` keeps the callers of both apart."""
    context, system = pair
    load_divisions(system, context.now)
    stage = Stage(context.slug, context, system, build(system, context.now, lambda _login: PASSWORD))
    _accounts(stage)
    _bodies(stage)
    relations = RELATIONS if number == 1 else RELATIONS[:1]
    for at, relation in enumerate(RELATIONS):
        stage.things[relation] |= {"district.slug": stage.slug, "account.login": f"{stage.slug}.only"}
        _parts(stage, relation)
        names = STAGES if relation in relations else STAGES[:1]
        for step, name in enumerate(names):
            _case(stage, relation, name, f"{number}{at + 4 * (step // 9)}{step % 9}")
        if "submitted" in names:
            _rates(stage, relation)
        _inbox(stage, relation)
        _notices(stage, relation, f"{number}{at}9")
    _library(stage)
    _run(stage)
    _connected(stage, number)
    return stage


API_SECRET = "partner-key-of-the-matrix"
API_DIGEST = hashlib.sha256(API_SECRET.encode()).hexdigest()


def _connected(stage: Stage, number: int) -> None:
    """One key of an outside system, and in each relation a report that waits for the abuse check."""
    key = ApiKey.objects.create(
        district=stage.district, label="test", digest=API_DIGEST, created_at=stage.context.now
    )
    for at, relation in enumerate(RELATIONS):
        place, phone = stage.cast.places[COMPOUNDS[relation]], f"1991{number}{at}8{number}{at}80"
        told = Report(
            place=place.public_id,
            text=f"路灯不亮，请打{phone}。",
            kind=KIND,
            name=f"CANARY{number}{at}8Q",
            phone=phone,
        )
        held = actions.hold_report(
            actor=public(stage.district),
            context=stage.context,
            report=told,
            place=place,
            reason="words",
            key=key,
        )
        stage.secrets += [told.name, phone]
        stage.things[relation] |= {"key.public_id": key.public_id, "held.public_id": held.public_id}


def _accounts(stage: Stage) -> None:
    """Besides the cast: an account that only this district has, one whose office ended, one without office."""
    for login in (f"{stage.slug}.only", "former.clerk", "without.office"):
        stage.cast.users[login] = create_account(
            actor=stage.system,
            login_name=login,
            password=PASSWORD,
            now=stage.context.now,
            is_demonstration=True,
        )
    stage.holders["former"] = appoint(
        actor=stage.system, body=stage.cast.bodies["committee"], user=stage.cast.users["former.clerk"],
        role="community_clerk", place=stage.cast.places["community"], now=stage.context.now,
    )  # fmt: skip


def end_former(stage: Stage) -> None:
    """The office of the former clerk ends while the session stands."""
    end_appointment(
        actor=stage.system, appointment=stage.holders["former"], reason="resigned", now=stage.context.now
    )


def _bodies(stage: Stage) -> None:
    """A property company with an office holder and a duty roster in each compound."""
    now, cast = stage.context.now, stage.cast
    stage.bodies = {"own": cast.bodies["company"], "other_subdistrict": cast.bodies["other_company"]}
    for relation in ("same_community", "other_community"):
        stage.bodies[relation] = found_body(
            actor=stage.system,
            kind="property_company",
            name=f"{relation}物业",
            place=cast.places[COMPOUNDS[relation]],
            now=now,
            serves=(),
        )
    logins = {"own": "property.handler", "other_subdistrict": "other.handler"}
    for relation, body in stage.bodies.items():
        if relation in logins:
            stage.holders[relation] = Appointment.objects.get(
                district=stage.district, user=cast.users[logins[relation]]
            )
            continue
        user = create_account(
            actor=stage.system,
            login_name=f"{relation.replace('_', '.')}.handler",
            password=PASSWORD,
            now=now,
            is_demonstration=True,
        )
        stage.holders[relation] = appoint(
            actor=stage.system,
            body=body,
            user=user,
            role="handler",
            place=cast.places[COMPOUNDS[relation]],
            now=now,
            title="head",
        )


def _parts(stage: Stage, relation: str) -> None:
    """Place, body, office, roster, plate."""
    now, body, holder = stage.context.now, stage.bodies[relation], stage.holders[relation]
    place = stage.cast.places[COMPOUNDS[relation]]
    roster = open_roster(actor=stage.system, body=body, cover="always", now=now)
    shifts = [
        set_shift(
            actor=stage.system,
            roster=roster,
            kind="officer",
            appointment=holder,
            starts_at=now + timedelta(days=n),
            ends_at=now + timedelta(days=n, hours=5),
            now=now,
        )
        for n in (1, 2)
    ]
    plate = issue_plate(actor=stage.system, place=place, now=now)
    community = stage.cast.places[COMMUNITIES[relation]]
    stage.things[relation] |= {
        "place.public_id": place.public_id, "place.name": place.name, "place.code": Place.objects.get(district=stage.district, id=place.id).code,
        "place.free_code": compound_code(community.code, 987),
        "community.public_id": community.public_id, "community.name": community.name,
        "body.public_id": body.public_id, "body.name": body.name,
        "department.public_id": stage.cast.bodies["department"].public_id,
        "office.public_id": holder.public_id, "plate.code": plate.code,
        "shift.public_id": shifts[0].public_id, "shift.second": shifts[1].public_id,
    }  # fmt: skip


def _rates(stage: Stage, relation: str) -> None:
    """A case proposed to be left out of the rates by another office, and one drawn to be heard again."""
    things, district, now = stage.things[relation], stage.district, stage.context.now
    proposer = replace(
        stage.actor("district.clerk"), body=stage.bodies[relation].id, appointment=stage.holders[relation].id
    )
    row = actions.propose_exclusion(
        actor=proposer, context=stage.context, case=things["case.signed.public_id"], reason="force_majeure", text="暴雨停工"
    )  # fmt: skip
    draw = SampleDraw.objects.create(
        district=district, period=f"2026-{RELATIONS.index(relation) + 1:02d}", purpose="heard_again", seed="0" * 64, population=1,
        percent=5, size=1, drawn_at=now, charter="",
    )  # fmt: skip
    case = Case.objects.get(district=district, public_id=things["case.submitted.public_id"])
    sample = Sample.objects.create(
        district=district, public_id=secrets.token_hex(9), draw=draw, case=case, position=1
    )
    things |= {"exclusion.public_id": row.public_id, "sample.public_id": sample.public_id}


def _picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), (90, 90, 90)).save(out, "WEBP")
    return out.getvalue()


def _case(stage: Stage, relation: str, name: str, number: str) -> None:
    """One case brought to a stage; its caller's name, number and words are found nowhere else."""
    caller, phone = f"CANARY{number}Q", f"1991{number}{number}0"
    tag = f"标记{number}号"
    photo: StoredFile | None = None
    if name == "received":
        photo = files.store(
            _picture(), "image/webp", actor=public(stage.district), now=stage.context.now, door=PHOTO_DOOR
        )
    told = Report(
        place=stage.cast.places[COMPOUNDS[relation]].public_id, text=f"{tag}：楼道灯不亮，请打{phone}。", kind=KIND, name=caller, phone=phone,
        photos=(photo.public_id,) if photo else (), kind_of_request="misconduct" if name == "sealed" else "complaint",
    )  # fmt: skip
    receipt = actions.receive(
        actor=public(stage.district),
        context=stage.context,
        report=told,
        key=f"stage-{number}",
        door="cases.report",
    )
    _walk(stage, relation, receipt.public_id, name)
    case = Case.objects.select_related("contact").get(district=stage.district, public_id=receipt.public_id)
    assert case.contact is not None
    stage.secrets += [caller, phone]
    stage.masks += [case.contact.phone_mask, case.contact.name_mask + phone[-4:]]
    stage.things[relation] |= {
        f"case.{name}.public_id": case.public_id, f"case.{name}.number": case.number, f"case.{name}.tag": tag, f"case.{name}.code": receipt.code,
        f"person.{name}.public_id": case.contact.public_id, f"person.{name}.phone": phone, f"person.{name}.name": caller,
        f"person.{name}.mask": case.contact.phone_mask,
    }  # fmt: skip
    if photo:
        stage.things[relation]["photo.public_id"] = photo.public_id
    _tell(stage, case)


def _walk(stage: Stage, relation: str, case: str, name: str) -> None:
    """The verbs up to a stage, each by who does it in life."""
    clerk, handler, context = stage.actor("district.clerk"), stage.holder(relation), stage.context
    ways = {
        "received": "", "dispatched": "d", "returning": "dr", "signed": "ds", "handling": "dscp", "submitted": "dsca", "callback": "dscak", "ended": "w", "sealed": "",
        "extending": "dscpeq", "parking": "dscpm", "conferring": "dscpf",
    }  # fmt: skip
    for verb in ways[name]:
        if verb == "d":
            actions.dispatch(actor=clerk, context=context, case=case, body=stage.bodies[relation].public_id)
        elif verb == "r":
            actions.ask_return(
                actor=handler, context=context, case=case, reason="not_our_duty", note="不归我们管"
            )
        elif verb == "s":
            actions.sign(actor=handler, context=context, case=case)
        elif verb == "c":
            actions.contact(actor=handler, context=context, case=case, note="已联系")
        elif verb == "p":
            actions.progress(actor=handler, context=context, case=case, text="已到现场")
        elif verb == "a":
            actions.answer(actor=handler, context=context, case=case, text="已修好")
        elif verb in "eqmf":
            _waiting(stage, verb, clerk, handler, case)
        elif verb == "k":
            actions.take_callback(actor=clerk, context=context, case=case)
        else:
            row = Case.objects.get(district=stage.district, public_id=case)
            actions.withdraw_by_caller(
                actor=public(stage.district), context=context, case=row, key=f"end-{case}"
            )


def _waiting(stage: Stage, verb: str, clerk: Actor, handler: Actor, case: str) -> None:
    """What opens a hold: more time, a question, parking, a conference."""
    context = stage.context
    if verb == "e":
        actions.ask_extension(
            actor=handler, context=context, case=case, reason="needs_parts", amount=3, note="等配件"
        )
    elif verb == "q":
        actions.ask_caller(actor=handler, context=context, case=case, text="是哪一盏灯？")
    elif verb == "m":
        until = context.now.date() + timedelta(days=30)
        actions.ask_parking(
            actor=handler, context=context, case=case, reason="funding", until=until, text="资金未到位"
        )
    else:
        actions.call_conference(actor=clerk, context=context, case=case, reason="stuck", note="久拖未决")


def _tell(stage: Stage, case: Case) -> None:
    """What the outbox would do: the receipt to the caller through the recording port, the order to the body."""
    for code, react in (("case.received", reactions.receipt), ("case.dispatched", reactions.order)):
        for event in Event.objects.filter(
            district=stage.district, subject_type="case", subject_id=case.id, code=code
        ):
            react(event, stage.context)
    for message in Message.objects.filter(district=stage.district, state="queued"):
        messaging.deliver(context=stage.context, message=message.id)


def _inbox(stage: Stage, relation: str) -> None:
    """A message in the inbox of the relation's office: company, committee, next committee, other company."""
    case = Case.objects.get(
        district=stage.district,
        public_id=stage.things[relation].get(
            "case.handling.public_id", stage.things[relation]["case.received.public_id"]
        ),
    )
    bodies = {
        "own": "company", "same_community": "committee", "other_community": "neighbour_committee", "other_subdistrict": "other_company",
    }  # fmt: skip
    event = Event.objects.filter(district=stage.district, subject_type="case", subject_id=case.id).first()
    assert event is not None
    (message,) = messaging.send(
        context=stage.context, template="case_urged", event=event, subject=("case", case.id), data={"number": case.number},
        to_body=stage.cast.bodies[bodies[relation]].id,
    )  # fmt: skip
    stage.things[relation]["message.public_id"] = message.public_id


def _notices(stage: Stage, relation: str, number: str) -> None:
    """A draft, a running notice and an objection to it, whose author is named nowhere."""
    clerk, context, place = (
        stage.actor("district.clerk"),
        stage.context,
        stage.cast.places[COMPOUNDS[relation]],
    )
    draft = notices.draft(
        actor=clerk,
        context=context,
        rule="announcement",
        place=place,
        title=f"草稿{number}号",
        text=f"草稿{number}正文。",
    )
    shown = notices.draft(
        actor=clerk,
        context=context,
        rule="consultation",
        place=place,
        title=f"征求意见{number}号",
        text="是否加装电梯。",
    )
    notices.publish(actor=clerk, context=context, notice=shown)
    author, phone = f"CANARY{number}Q", f"1991{number}{number}0"
    objection = notices.object_to(
        actor=public(stage.district),
        context=context,
        notice=shown,
        text=f"不同意，请打{phone}。",
        phone=phone,
        name=author,
    )
    stage.secrets += [author, phone]
    stage.things[relation] |= {
        "draft.public_id": draft.public_id, "draft.title": draft.title, "notice.public_id": shown.public_id, "notice.title": shown.title,
        "objection.public_id": objection.public_id,
    }  # fmt: skip


def _library(stage: Stage) -> None:
    """One rule of the district."""
    rule = notices.file_rule(
        actor=stage.actor("district.clerk"), context=stage.context, number="1号", title=f"{stage.slug}办法", issuer="区政府",
        dated=date(2026, 1, 1), valid_from=date(2026, 1, 1),
    )  # fmt: skip
    for relation in RELATIONS:
        stage.things[relation] |= {"rule.public_id": rule.public_id, "rule.title": rule.title}


def _run(stage: Stage) -> None:
    """An import that waits for its confirmation, with an error file to take."""
    actor, now = stage.actor("district.admin"), stage.context.now
    waiting, done = (
        place_actions.begin_import(actor=actor, kind="compounds", data=(IMPORTED + more).encode(), now=now)
        for more in ("", "999999999998,也无社区\n")
    )
    place_actions.import_run(actor=actor, run=done, now=now)
    for relation in RELATIONS:
        stage.things[relation] |= {"run.public_id": waiting.public_id, "run.done": done.public_id}


def sign_in(stage: Stage, login: str) -> str:
    """The session of a cast member after the real sign-in."""
    client = Client(REMOTE_ADDR=f"10.0.{stage.district % 100}.{1 + len(login)}")
    answer = client.post(f"/d/{stage.slug}/sign-in", {"name": login, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[:400]
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def caller_cookie(stage: Stage) -> str:
    """The device cookie of the caller of the first relation, got with number and code."""
    client, value = Client(), ""
    for at, name in enumerate(STAGES):
        things = stage.things["own"]
        typed = {"number": things[f"case.{name}.number"], "code": things[f"case.{name}.code"]}
        # Each from an address of its own: nine codes from one would be guessing.
        answer = client.post(
            f"/d/{stage.slug}/follow", typed, REMOTE_ADDR=f"10.{secrets.randbelow(250)}.{at}.1"
        )
        assert answer.status_code == 302, answer.content.decode()[:400]
        value = str(client.cookies[CALLER_COOKIE].value)
    return value


LOGINS = {office.login.replace(".", "_"): office.login for office in OFFICES}
__all__ = ["LOGINS", "RELATIONS", "Stage", "User", "caller_cookie", "end_former", "open_stage", "sign_in"]
