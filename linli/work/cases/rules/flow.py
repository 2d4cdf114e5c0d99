"""The flow of a case (domain-rules 4.3): the table decides every verb in every stage and hold."""

from __future__ import annotations

from linli.foundation.core.rules.flows import Flow, move

STAGES = (
    "received", "dispatched", "signed", "contacted", "handling", "submitted", "callback", "closed",
    "not_judged", "not_accepted", "withdrawn", "transferred_emergency", "transferred_petition",
)  # fmt: skip
FINAL = frozenset(
    {"closed", "not_judged", "not_accepted", "withdrawn", "transferred_emergency", "transferred_petition"}
)
HOLDS = ("return",)
OPEN = "received dispatched signed contacted handling submitted callback"
WORKED = "signed contacted handling"

FLOW = Flow(
    "case",
    STAGES,
    FINAL,
    HOLDS,
    (
        # A clerk of the place gives it to a body whose duty list has it; a ruled-on case may not come back.
        move("dispatch", "received", "dispatched", clocks="stop:dispatch start:sign_in start:contact", guards="duty_list"),
        # Dispatched to the wrong body: taken back before it is signed.
        move("recall", "dispatched", "received", blocked="return", clocks="drop:sign_in drop:contact start:dispatch"),
        move("refuse", "received", "not_accepted", clocks="drop:", guards="reason legal_channel"),
        move("transfer_emergency", "received", "transferred_emergency", clocks="drop:", guards="reason"),
        move("transfer_petition", "received", "transferred_petition", clocks="drop:", guards="reason legal_channel"),
        move("sign", "dispatched", "signed", blocked="return", clocks="stop:sign_in"),
        # Wrong unit: said within the limit, with a reason, once; a ruling ends it for good.
        move("ask_return", "dispatched signed", None, blocked="return", opens="return", guards="reason return_limit not_ruled"),
        move("accept_return", "dispatched signed", "received", needs="return", closes="return", clocks="drop:sign_in drop:contact start:dispatch", guards="other_body"),
        move("refuse_return", "dispatched signed", None, needs="return", closes="return", guards="reason other_body"),
        move("contact", "signed", "contacted", blocked="return", clocks="stop:contact"),
        move("progress", "contacted handling", "handling", guards="text"),
        move("answer", "contacted handling", "submitted", clocks="stop:finish start:judge", guards="text"),
        # Call-back by another body than any that handled the case.
        move("take_callback", "submitted", "callback", guards="other_body"),
        move("unreached", "callback", "submitted", guards="other_body tries"),
        move("confirm_solved", "submitted callback", "closed", clocks="stop:judge", guards="judge"),
        move("reopen", "submitted callback", "handling", clocks="stop:judge restart:finish", guards="judge"),
        # Not solved a second time: closed as it was judged, for the conference of the full case room.
        move("close_unsolved", "submitted callback", "closed", clocks="stop:judge", guards="judge"),
        move("not_judge", "submitted callback", "not_judged", clocks="stop:judge", guards="judgement_over"),
        # What the caller may do at any time.
        move("urge", OPEN, None, guards="own_case"),
        move("add", OPEN, None, guards="own_case text"),
        move("withdraw", OPEN, "withdrawn", clocks="drop:", guards="own_case"),
    ),
)  # fmt: skip

RESIDENT_VERBS = ("urge", "add", "withdraw")
HANDLER_VERBS = ("sign", "ask_return", "contact", "progress", "answer")
CLERK_VERBS = (
    "dispatch",
    "recall",
    "refuse",
    "transfer_emergency",
    "transfer_petition",
    "accept_return",
    "refuse_return",
)
CALLBACK_VERBS = ("take_callback", "unreached")
