"""Everything that changes a notice, an objection or the rules library; each records one event."""

from linli.foundation.notices.actions.daily import end_shown, prove_shown
from linli.foundation.notices.actions.drafting import correct, discard, draft, edit
from linli.foundation.notices.actions.library import end_rule, file_rule
from linli.foundation.notices.actions.objections import answer_objection, object_to
from linli.foundation.notices.actions.publishing import publish, publish_now, withdraw

__all__ = [
    "answer_objection",
    "correct",
    "discard",
    "draft",
    "edit",
    "end_rule",
    "end_shown",
    "file_rule",
    "object_to",
    "prove_shown",
    "publish",
    "publish_now",
    "withdraw",
]
