"""Writes of accounts: opening and ending accounts, grants, sign-ins, second factors."""

from linli.foundation.accounts.actions.accounts import (
    OIDC,
    change_password,
    create_account,
    end_account,
    link_subject,
    reset_factors,
    reset_password,
    unlink_subject,
)
from linli.foundation.accounts.actions.factors import (
    add_app,
    add_passkey,
    give_code,
    give_passkey,
    remove_factor,
    renew_codes,
)
from linli.foundation.accounts.actions.grants import end_grant, file_grant
from linli.foundation.accounts.actions.sign_ins import (
    act_under,
    begin_sign_in,
    end_other_sign_ins,
    end_sign_in,
    forget_old,
    note_factor,
    sign_out,
)

__all__ = [
    "OIDC",
    "act_under",
    "add_app",
    "add_passkey",
    "begin_sign_in",
    "change_password",
    "create_account",
    "end_account",
    "end_grant",
    "end_other_sign_ins",
    "end_sign_in",
    "file_grant",
    "forget_old",
    "give_code",
    "give_passkey",
    "link_subject",
    "note_factor",
    "remove_factor",
    "renew_codes",
    "reset_factors",
    "reset_password",
    "sign_out",
    "unlink_subject",
]
