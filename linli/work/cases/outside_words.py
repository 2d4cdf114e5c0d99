"""What is said about the exchange with the city's hotline: why something was not taken, how something stands."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PROBLEMS: dict[str, str | Promise] = {
    "no_column": _("No column holds the city's number. Compare the first line with the columns agreed in the charter, then send the sheet again."),
    "two_columns": _("Two columns stand for the same thing. Rename or remove one of them, then send the sheet again."),
    "number": _("The number is missing, too long, or was turned into a rounded figure. Format the column as text, then send the row again."),
    "message": _("It does not say a message that is agreed in the charter. Correct the word, or add it to the charter."),
    "received": _("The moment of receipt is missing, cannot be read or lies in the future. Write it as agreed in the charter."),
    "deadline": _("The deadline cannot be read. Write it as agreed in the charter, or leave the cell empty."),
    "deadline_before": _("The deadline lies before the moment of receipt. Ask the city which of the two is right."),
    "text": _("The text is empty or longer than 5,000 characters. Correct it, then send the row again."),
    "place": _("The address is longer than 400 characters. Shorten it, then send the row again."),
    "kind": _("The kind is longer than 400 characters. Shorten it, then send the row again."),
    "request": _("The kind of request is longer than 400 characters. Shorten it, then send the row again."),
    "name": _("The name is longer than a name can be. Keep only the name there, then send the row again."),
    "phone": _("The phone cannot be one. Correct it or leave it empty, then send the row again."),
    "urges": _("The number of urges is not a whole number. Correct it, then send the row again."),
    "ruling": _("It does not say whether the city agreed. Write one of the words agreed in the charter."),
    "solved": _("A judgement says whether it is solved and how satisfied the caller is. Write both, then send the row again."),
    "rating": _("The rating is not one of the words agreed in the charter. Correct it, then send the row again."),
    "receipt": _("There is no sent message with this receipt number under this order. Compare it with the sheet that was handed over."),
    "unknown_number": _("No order with this number has come here. Ask the city for the order itself first."),
    "other_caller": _("The same number came with another caller, so nothing was changed: one number is one matter of one caller. Ask the city which one is meant."),
    "other_place": _("The same number came with another place, so nothing was changed: one number is one matter at one place. Ask the city which one is meant."),
    "no_return": _("No return is waiting for the city's ruling, so the ruling changes nothing. Look at the case: it was decided here, or never returned."),
    "no_extension": _("No extension is waiting for the city's ruling, so the ruling changes nothing. Look at the case: it was decided here, or never asked for."),
    "ended": _("The case has ended, so the city's message changes nothing. Tell the city, or record a new case."),
    "stage": _("The flow does not allow this at the stage of the case. Look at the case and tell the city how it stands."),
    "not_placed": _("The order has no place here yet. Choose its place first, then send this message again."),
    "unreadable": _("The file cannot be read as a message. Compare it with the description of the exchange and send it again."),
    "refused": _("The case could not take this as it is. Read the row again and correct it."),
}  # fmt: skip
MESSAGES: dict[str, str | Promise] = {
    "order": pgettext_lazy("message of the city", "Order"),
    "urge": _("Urge"),
    "sign_in": _("Sign-in"),
    "return": _("Return"),
    "return_ruling": _("Ruling on a return"),
    "extension": _("Extension"),
    "extension_ruling": _("Ruling on an extension"),
    "reply": _("Reply"),
    "attachment": _("Attachment"),
    "judgement": _("Judgement"),
    "acknowledgement": _("Acknowledgement"),
}


def problem_words(code: str) -> str:
    """The sentence of a problem."""
    return str(PROBLEMS.get(code, PROBLEMS["refused"]))


def message_words(kind: str) -> str:
    """The name of a message."""
    return str(MESSAGES.get(kind, kind))
