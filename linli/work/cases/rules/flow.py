"""The flow of a case (domain-rules 4.3): the table decides every verb in every stage and hold."""

from __future__ import annotations

from linli.foundation.core.rules.flows import Flow, move

STAGES = (
    "received", "dispatched", "signed", "contacted", "handling", "submitted", "callback", "closed",
    "not_judged", "not_accepted", "withdrawn", "transferred_emergency", "transferred_petition",
    "answered_at_intake", "merged",
)  # fmt: skip
# Ended. One verb leads out again: a case that was merged by mistake is taken apart.
FINAL = frozenset(
    {
        "closed", "not_judged", "not_accepted", "withdrawn", "transferred_emergency", "transferred_petition",
        "answered_at_intake", "merged",
    }
)  # fmt: skip
HOLDS = ("return", "conference", "extension", "park_asked", "parked", "whistle", "question")
OPEN = "received dispatched signed contacted handling submitted callback"
GIVEN = "dispatched signed contacted handling"
WORKED = "signed contacted handling"
UNTIL_JUDGED = GIVEN + " submitted callback"
# Whatever ends a case or takes it from its body ends everything that was still open about it.
ALL = " ".join(HOLDS)
BACK = "drop:sign_in drop:contact drop:whistle_ack start:dispatch"

FLOW = Flow(
    "case",
    STAGES,
    FINAL,
    HOLDS,
    (
        # A clerk of the place gives it to a body whose duty list has it; a ruled-on case may not come back.
        move("dispatch", "received", "dispatched", clocks="stop:dispatch start:sign_in start:contact", guards="duty_list level"),
        # Advice given while the caller waits: outside the base of the rates.
        move("answer_at_intake", "received", "answered_at_intake", clocks="drop:", guards="text advice"),
        # Dispatched to the wrong body: taken back before it is signed.
        move("recall", "dispatched", "received", blocked="return conference", closes=ALL, clocks=BACK, guards="reason"),
        move("refuse", "received " + GIVEN, "not_accepted", blocked="conference", closes=ALL, clocks="drop:", guards="reason legal_channel"),
        move("transfer_emergency", "received " + GIVEN, "transferred_emergency", closes=ALL, clocks="drop:", guards="reason"),
        move("transfer_petition", "received " + GIVEN, "transferred_petition", blocked="conference", closes=ALL, clocks="drop:", guards="reason legal_channel"),
        # The same matter reported twice: one case goes on, the other's caller supports it.
        move("merge", "received " + GIVEN, "merged", blocked="return conference parked", closes=ALL, clocks="drop:", guards="same_matter"),
        move("unmerge", "merged", "received", clocks="anew:dispatch anew:finish"),
        move("sign", "dispatched", "signed", blocked="return", clocks="stop:sign_in"),
        # Wrong unit: said within the limit, with a reason, once; a ruling ends it for good.
        move("ask_return", "dispatched signed", None, blocked="return conference", opens="return", guards="reason return_limit not_ruled"),
        move("accept_return", "dispatched signed", "received", needs="return", closes=ALL, clocks=BACK, guards="other_body"),
        move("refuse_return", "dispatched signed", None, needs="return", closes="return", guards="reason other_body"),
        move("contact", "signed", "contacted", blocked="return", clocks="stop:contact"),
        move("progress", "contacted handling", "handling", guards="text"),
        move("answer", "contacted handling", "submitted", blocked="parked conference", closes="question extension park_asked", clocks="stop:finish start:judge", guards="text"),
        # More time, asked before the time is over and once a round; the caller is told the new promise.
        move("ask_extension", "contacted handling", None, blocked="extension park_asked parked conference", opens="extension", guards="reason limit once_a_round in_time"),
        move("grant_extension", "contacted handling", None, needs="extension", closes="extension", clocks="extend:finish", guards="other_body"),
        move("deny_extension", "contacted handling", None, needs="extension", closes="extension", guards="reason other_body"),
        # Cannot be solved now: parked until a review date, decided one level up.
        move("ask_parking", "contacted handling", None, blocked="park_asked parked extension conference", opens="park_asked", guards="reason evidence review_date"),
        move("approve_parking", "contacted handling", None, needs="park_asked", blocked="conference parked", opens="parked", closes="park_asked", clocks="pause:finish", guards="other_body one_level_up"),
        move("deny_parking", "contacted handling", None, needs="park_asked", closes="park_asked", guards="reason other_body one_level_up"),
        move("renew_parking", "contacted handling", None, needs="parked", guards="evidence review_date other_body one_level_up"),
        move("end_parking", "contacted handling", None, needs="parked", closes="parked", clocks="resume:finish"),
        # Several bodies at one table: a disputed return, or a caller who was not helped twice.
        move("call_conference", GIVEN, None, blocked="conference parked", opens="conference", closes="return", guards="reason"),
        move("rule_keep", GIVEN, None, needs="conference", closes="conference", guards="text other_body"),
        move("rule_reassign", GIVEN, "received", needs="conference", closes=ALL, clocks=BACK, guards="text other_body"),
        move("rule_close", "handling", "closed", needs="conference", closes=ALL, clocks="drop:", guards="text other_body judged_again"),
        # Others help; the body that has the case stays responsible.
        move("add_joint", GIVEN, None, guards="serves_the_place"),
        move("accept_joint", GIVEN, None, guards="joint_turn"),
        move("joint_report", GIVEN, None, guards="joint_turn text"),
        # The subdistrict whistles, the department reports (北京 16, 33).
        move("call_whistle", GIVEN, None, blocked="whistle", opens="whistle", clocks="start:whistle_ack", guards="text subdistrict_calls district_body"),
        move("whistle_ack", UNTIL_JUDGED, None, needs="whistle", clocks="stop:whistle_ack", guards="called_body"),
        move("whistle_visit", UNTIL_JUDGED, None, needs="whistle", guards="called_body text"),
        move("whistle_plan", UNTIL_JUDGED, None, needs="whistle", guards="called_body text"),
        move("whistle_done", UNTIL_JUDGED, None, needs="whistle", closes="whistle", guards="called_body text"),
        move("end_whistle", UNTIL_JUDGED, None, needs="whistle", closes="whistle", clocks="drop:whistle_ack", guards="reason calling_body"),
        # To a higher level, with a reason; what was promised to the caller goes on.
        move("climb", "received " + GIVEN, "received", blocked="return conference parked", closes=ALL, clocks="stop:dispatch " + BACK, guards="reason higher_level"),
        move("climb_unmet", GIVEN, "received", blocked="conference parked", closes=ALL, clocks=BACK, guards="system property_class"),
        # A question back to the caller; the answer may be given without waiting for the reply.
        move("ask_caller", WORKED, None, blocked="question return", opens="question", guards="text"),
        move("reply_question", WORKED, None, needs="question", closes="question", guards="own_case text"),
        # Call-back by another body than any that handled the case.
        move("take_callback", "submitted", "callback", guards="other_body"),
        move("unreached", "callback", "submitted", guards="other_body tries"),
        move("confirm_solved", "submitted callback", "closed", closes=ALL, clocks="stop:judge drop:whistle_ack", guards="judge"),
        # Not solved: the first time reopened by itself, the second time before a conference, then closed unsolved.
        move("reopen", "submitted callback", "handling", clocks="stop:judge restart:finish", guards="judge"),
        move("to_conference", "submitted callback", "handling", opens="conference", clocks="stop:judge restart:finish", guards="judge"),
        move("close_unsolved", "submitted callback", "closed", closes=ALL, clocks="stop:judge drop:whistle_ack", guards="judge"),
        move("not_judge", "submitted callback", "not_judged", closes=ALL, clocks="stop:judge drop:whistle_ack", guards="judgement_over"),
        # What the caller may do at any time.
        move("urge", OPEN, None, guards="own_case"),
        move("add", OPEN, None, guards="own_case text"),
        move("withdraw", OPEN, "withdrawn", closes=ALL, clocks="drop:", guards="own_case"),
    ),
)  # fmt: skip

RESIDENT_VERBS = ("urge", "add", "withdraw", "reply_question")
HANDLER_VERBS = (
    "sign", "ask_return", "contact", "progress", "answer", "ask_extension", "ask_parking", "ask_caller",
)  # fmt: skip
CLERK_VERBS = (
    "dispatch", "answer_at_intake", "recall", "refuse", "transfer_emergency", "transfer_petition", "merge", "unmerge",
    "accept_return", "refuse_return", "grant_extension", "deny_extension", "approve_parking", "deny_parking",
    "renew_parking", "end_parking", "call_conference", "rule_keep", "rule_reassign", "rule_close", "add_joint",
    "call_whistle", "end_whistle",
)  # fmt: skip
JOINT_VERBS = ("accept_joint", "joint_report")
WHISTLED_VERBS = ("whistle_ack", "whistle_visit", "whistle_plan", "whistle_done")
CALLBACK_VERBS = ("take_callback", "unreached")
