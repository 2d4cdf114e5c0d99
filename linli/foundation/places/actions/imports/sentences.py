"""Every problem of a list in words: what is wrong and what to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.core.errors import Invalid, TooLarge
from linli.foundation.places.actions.parts import part_sentence
from linli.foundation.places.actions.tree import code_sentence
from linli.foundation.places.sheets import MAX_UNPACKED, SheetRefused

MEGA = 1024 * 1024


def field_name(kind: str, field: str) -> str:
    """A field of a list as people call it."""
    return {
        "community": _("Community (code or name)"),
        "compound": _("Compound (code or name)"),
        "name": _("Compound name") if kind == "compounds" else _("Building name"),
        "code": _("Compound code") if kind == "compounds" else _("Building number"),
        "address": _("Address"),
        "built_year": _("Year built"),
        "household_count": _("Number of households"),
        "management": _("Kind of management"),
        "longitude": _("Longitude"),
        "latitude": _("Latitude"),
        "valid_from": _("Exists since"),
        "building": _("Building number"),
        "stairwell": _("Stairwell number"),
        "stairwells": _("Number of stairwells"),
        "storeys": _("Storeys"),
        "completed_on": _("Day of completion"),
        "number": _("Dwelling number"),
        "floor": _("Floor"),
        "area": _("Area in square metres"),
    }[field]


def cell_sentence(reason: str, facts: dict[str, object]) -> str:
    """The sentence for one problem of one cell; `facts` fill its blanks."""
    head, _sep, rest = reason.partition(":")
    if head == "code":
        return code_sentence(rest)
    if head == "part":
        kind, _sep, why = rest.partition(":")
        return str(part_sentence(kind, why))
    sentence = {
        "empty": _("This cell must not be empty."),
        "too_long": _("The text is too long."),
        "code_number": code_sentence("number"),
        "integer": _("A whole number is needed."),
        "range": _("The number must lie between %(low)s and %(high)s."),
        "area": _("An area lies between 0.01 and 1,000,000 square metres, such as 89.56."),
        "area_decimals": _("An area has at most two decimals."),
        "day": _("This is not a day. Write 2003-05-01, and format the column as date or text."),
        "future": _("The day lies in the future. Enter the row on that day or later."),
        "degree": _("Degrees are written with a decimal point, such as 113.12."),
        "half_position": _("Longitude and latitude are written together."),
        "outside": _("The position lies outside the district's outline. Check longitude and latitude, also whether they are swapped."),
        "management": _("Allowed: without management, self-managed, professional (三无, 自管, 专业)."),
        "community_unknown": _("No community within your reach has this code or name. Nearest: %(near)s"),
        "community_many": _("%(count)s communities have this name. Write the 12-digit code instead."),
        "compound_unknown": _("No compound within your reach has this code or name. Nearest: %(near)s"),
        "compound_many": _("%(count)s compounds have this name. Write the 16-character code, or name the community too."),
        "compound_closed": _("This compound is closed; nothing can be added to it. Choose the open one."),
        "code_parent": _("The code does not begin with the code of the community."),
        "code_taken": _("This code belongs to another compound: %(name)s."),
        "code_other": _("This compound already has another code: %(code)s. Codes are changed on the compound's page."),
        "duplicate": _("The same row stands in line %(line)s already."),
        "building_unknown": _("This compound has no building of this number. Import the buildings first, or correct the number."),
        "full": _("This community has no free compound number left."),
    }[reason]  # fmt: skip
    return sentence % facts if facts else sentence


def file_refusal(refused: SheetRefused, max_rows: int) -> Invalid | TooLarge:
    """The refusal of a whole file."""
    if refused.reason == "too_large_unpacked":
        return TooLarge(
            "import.unpacked",
            _(
                "Unpacked, this file is larger than %(limit)d MB. Nothing was stored. Save the list alone into a new file."
            )
            % {"limit": MAX_UNPACKED // MEGA},
        )
    sentence = {
        "old_excel": _("This is an old XLS file, or a locked one. Save it as XLSX without password, or as CSV, and send that."),
        "empty": _("The file is empty. Choose the file with the list."),
        "no_rows": _("The file has headers but no rows below them."),
        "not_a_list": _("This is neither an XLSX nor a CSV file. Choose the list itself."),
        "damaged": _("The file cannot be read: it is damaged or locked. Open it, save it again as XLSX, and send that."),
        "encoding": _("The letters of this CSV cannot be read. Save it as CSV UTF-8 and send that."),
        "too_many_rows": _("The list has more rows than the %(rows)d that one import takes. Divide it."),
    }[refused.reason]  # fmt: skip
    if "%(rows)d" in sentence:
        sentence = sentence % {"rows": max_rows}
    return Invalid(f"import.{refused.reason}", sentence, fields={"file": sentence})


def missing_columns(kind: str, fields: list[str]) -> Invalid:
    """The refusal of a mapping without required columns."""
    names = ", ".join(field_name(kind, field) for field in fields)
    sentence = _(
        "These columns are needed and not chosen yet: %(names)s. Choose them, or add them to the file."
    ) % {"names": names}
    return Invalid("import.columns", sentence, fields=dict.fromkeys(fields, sentence))
