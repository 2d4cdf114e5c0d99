"""Sentences for what is wrong with an identifier, for forms and actions alike."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.people.rules.identifiers import Problem


def phone_problem() -> str:
    """Why a phone number is refused."""
    return _(
        "This is not a phone number. Enter 11 digits of a mobile phone, or area code and number of a fixed line such as 0355-1234567."
    )


def id_number_problem(problem: Problem) -> str:
    """Why an ID card number is refused (GB 11643)."""
    return {
        "": "",
        "empty": _("Enter the ID card number."),
        "length": _("An ID card number has 18 characters. Compare it with the card."),
        "legacy": _(
            "This is a 15-digit number of the first generation, which is not valid any more. Enter the 18 characters of the present card."
        ),
        "characters": _("An ID card number has 17 digits and a last character that is a digit or X."),
        "birth": _("The date of birth in this number does not exist. Compare digits 7 to 14 with the card."),
        "future": _(
            "The date of birth in this number lies in the future. Compare digits 7 to 14 with the card."
        ),
        "check": _("The last character does not fit the other 17. Compare the number with the card."),
    }[problem]
