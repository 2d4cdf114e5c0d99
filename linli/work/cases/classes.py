"""What kind of thing each column of the case room holds; no column may stay unclassified."""

from __future__ import annotations

from linli.foundation.core import classes


def connect() -> None:
    classes.declare(
        "cases.Case", public_id="code", number="code", channel="code", line="code", kind_of_request="code",
        kind="code", case_class="code", stage="code", level="code", place="id", spot="code", spot_id="id",
        longitude="place", latitude="place", text="free_masked", text_original="id", contact="id",
        first_receiver="id", handling_body="id", received_at="moment", recorded_at="moment",
        answered_at="moment", ended_at="moment", next_due="moment", due_kind="code",
        promised_at="moment", awaits_calendar="count", reopened="count", ruled="count",
        urged="count", solved="code", rating="code", judged_by="code", not_judged_reason="code",
        outside_number="code", privacy_notice="code", seq="count",
    )  # fmt: skip
    classes.declare(
        "cases.CaseHold", case="id", kind="code", opened_at="moment", opened_by="id", body="id", reason="code",
        amount="count", unit="code", round="count", approver="id", closed_at="moment", outcome="code", until="moment",
    )  # fmt: skip
    classes.declare(
        "cases.Assignment", case="id", body="id", dispatched_at="moment", dispatched_by="id",
        return_until="moment", signed_at="moment", contacted_at="moment", answered_at="moment",
        ended_at="moment", outcome="code",
    )  # fmt: skip
    classes.declare(
        "cases.Entry", case="id", event="id", kind="code", text="free_masked", text_original="id",
        body="id", public="count", at="moment",
    )  # fmt: skip
    classes.declare(
        "cases.CallbackTry", case="id", body="id", at="moment", reached="count",
    )  # fmt: skip
    classes.declare(
        "cases.ImportRun", digest="code", rows="count", imported="count", repeated="count",
        refused="count", at="moment",
    )  # fmt: skip
    classes.declare(
        "cases.ApiKey", public_id="code", label="official", digest="credential", scopes="code", created_at="moment",
        created_by="id", last_used_on="moment", ended_at="moment", ended_by="id",
    )  # fmt: skip
