"""What kind of thing each column of this room holds. Notices are written for everybody, objections are masked."""

from __future__ import annotations

from linli.foundation.core import classes


def declare_all() -> None:
    classes.declare(
        "notices.Notice", public_id="code", kind="code", rule="code", stage="code", version="count", corrects="id",
        place="id", place_path="place", body="id", body_name="official", appointment="id", title="free_public",
        text="free_public", basis="free_public", personal_basis="free_public", shown_amount="count", shown_unit="code",
        subject_type="code", subject_id="id", created_at="moment", published_at="moment", first_day="moment",
        last_day="moment", objections_until="moment", digest="digest", proved_on="moment", ended_at="moment",
        withdrawn_reason="free_public",
    )  # fmt: skip
    # An answer is refused while it names a person.
    classes.declare(
        "notices.Objection", public_id="code", notice="id", text="free_masked", kept="id", person="id", at="moment",
        answer="free_public", answered_at="moment", answered_by="id",
    )  # fmt: skip
    classes.declare(
        "notices.RuleText", public_id="code", number="official", title="free_public", issuer="official",
        source="free_public", dated="moment", valid_from="moment", valid_to="moment", filed_at="moment",
    )  # fmt: skip
    classes.declare("notices.RuleBasis", rule="id", charter_key="code")
