"""What sorting tells core: kinds and their questions, families, the suggester, same issues."""

from __future__ import annotations

from linli.foundation.core import charter, classes
from linli.foundation.core.rules.charter import TEXT, WORD, Column, Key, choice, codes, integer, table
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
)


def connect() -> None:
    charter.declare(*KEYS)
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
