"""What sorting tells core: kinds and their questions, families, the suggester, same issues."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, classes, ledger, ui
from linli.foundation.core.rules.charter import TEXT, WORD, Column, Key, choice, codes, integer, table
from linli.foundation.core.rules.events import EventType, FieldKind
from linli.work.cases import supporting
from linli.work.cases.rules.kinds import TYPES

OPTIONS = table({"code": Column(WORD), "name": Column(TEXT)}, unique="code")

KEYS = (
    Key(
        "cases.families",
        table({"code": Column(WORD), "name": Column(TEXT), "kinds": Column(codes())}, unique="code"),
    ),
    Key(
        "cases.questions",
        table(
            {
                "code": Column(WORD),
                "kinds": Column(codes()),
                "question": Column(TEXT),
                "type": Column(choice(*TYPES)),
                "options": Column(OPTIONS, required=False),
                "low": Column(integer(-100000, 100000), required=False),
                "high": Column(integer(-100000, 100000), required=False),
            },
            unique="code",
        ),
    ),
    Key(
        "cases.old_codes",
        table({"code": Column(WORD), "standard": Column(WORD), "kind": Column(WORD)}, unique="code"),
    ),
    Key("cases.danger_feared_words", codes()),
    Key("cases.suggester.least", integer(20, 100000)),
    Key("cases.suggester.cases", integer(100, 50000)),
    Key("cases.suggester.shown", integer(1, 100)),
    Key("cases.same_issue.metres", integer(0, 2000)),
    Key("cases.same_issue.days", integer(1, 400)),
    Key("cases.same_issue.alike", integer(1, 100)),
    Key("cases.hot.cases", integer(2, 1000)),
    Key("cases.hot.days", integer(1, 90)),
)

_PAIR: dict[str, FieldKind] = {"stage": "code", "link": "id", "other": "id"}


def _pair(code: str, zh: str, en: str, *, public: bool) -> EventType:
    return EventType(f"case.{code}", zh, en, _PAIR, public=public)


EVENTS = (
    EventType(
        "case.supported", "又有人反映同一件事", "Somebody else reported the same matter",
        {"stage": "code", "supporter": "id", "text": "digest"}, public=True,
    ),
    _pair("merged", "与同一件事的另一工单合并办理", "Merged with another case of the same matter", public=True),
    _pair("unmerged", "取消合并，重新单独办理", "The merge was undone; handled by itself again", public=True),
    _pair("split", "其中一部分另立工单", "A part of it became a case of its own", public=True),
    _pair("linked", "与另一工单关联", "Linked with another case", public=False),
    _pair("unlinked", "取消关联", "The link was undone", public=False),
    EventType(
        "cases.suggester_learnt", "推荐模型已从{cases}件办结工单学习", "The suggester learnt from {cases} closed cases",
        {"cases": "count", "kinds": "count", "digest": "digest"},
    ),
)  # fmt: skip


def connect() -> None:
    charter.declare(*KEYS)
    ledger.declare(*EVENTS)
    supporting.connect()
    ui.desk_entry(ui.DeskEntry(_("Hot issues"), "cases:hot", "cases.read", 16, "warn"))
    ui.desk_entry(ui.DeskEntry(_("Suggestions"), "cases:suggester", "cases.read", 17, "info"))
    _classes()


def _classes() -> None:
    classes.declare("cases.Answer", case="id", question="code", value="free_masked")
    classes.declare(
        "cases.Supporter", public_id="code", case="id", contact="id", channel="code", text="free_masked",
        text_original="id", merged_from="id", at="moment", ended_at="moment",
    )  # fmt: skip
    classes.declare("cases.Link", kind="code", case="id", other="id", at="moment", by="id", ended_at="moment")
    classes.declare(
        "cases.Suggester", trained_at="moment", first_received="moment", last_received="moment",
        charter_digest="digest", digest="digest", cases="count", labels="settings", weights="settings",
    )  # fmt: skip
    classes.declare(
        "cases.Proposal", case="id", suggester="id", kind="code", kind_share="count", body_kind="code",
        body_share="count", urgency="code", at="moment",
    )  # fmt: skip
