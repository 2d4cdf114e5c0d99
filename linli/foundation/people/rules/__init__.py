"""Pure rules of the vault: normal forms and verdicts of identifiers, masks, texts without persons, quotas."""

from linli.foundation.people.rules.identifiers import (
    Checked,
    Phone,
    check_id_number,
    check_uscc,
    folded,
    id_check_digit,
    normal_phone,
)
from linli.foundation.people.rules.masks import mask_id, mask_name, mask_phone, name_key, normal_name
from linli.foundation.people.rules.reveals import (
    ERASURE_REASONS,
    FIELDS,
    OwnProof,
    Task,
    day_start,
    week_start,
)
from linli.foundation.people.rules.texts import TOKEN, mask_text

__all__ = [
    "ERASURE_REASONS",
    "FIELDS",
    "TOKEN",
    "Checked",
    "OwnProof",
    "Phone",
    "Task",
    "check_id_number",
    "check_uscc",
    "day_start",
    "folded",
    "id_check_digit",
    "mask_id",
    "mask_name",
    "mask_phone",
    "mask_text",
    "name_key",
    "normal_name",
    "normal_phone",
    "week_start",
]
