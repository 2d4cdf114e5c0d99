"""Writes of the vault, one function per verb. See each part for what it records."""

from linli.foundation.people.actions.keeping import amend, keep_contact, keep_text, link_account
from linli.foundation.people.actions.living import (
    end_residence,
    file_ownership,
    file_residence,
    found_household,
)
from linli.foundation.people.actions.own import erase, erase_texts, export_own
from linli.foundation.people.actions.revealing import click_to_dial, reveal, reveal_text, search_exact
from linli.foundation.people.actions.rotation import rewrap_batch, start_rotation

__all__ = [
    "amend",
    "click_to_dial",
    "end_residence",
    "erase",
    "erase_texts",
    "export_own",
    "file_ownership",
    "file_residence",
    "found_household",
    "keep_contact",
    "keep_text",
    "link_account",
    "reveal",
    "reveal_text",
    "rewrap_batch",
    "search_exact",
    "start_rotation",
]
