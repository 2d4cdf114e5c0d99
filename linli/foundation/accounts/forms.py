"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD = {"autocomplete": "current-password", "data-secret": ""}
NEW_PASSWORD = {"autocomplete": "new-password", "data-secret": ""}


class SignInForm(forms.Form):
    """Name or phone, and password."""

    name = forms.CharField(
        label=_("Sign-in name or mobile number"), max_length=60,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), max_length=256, strip=False, widget=forms.PasswordInput(PASSWORD)
    )
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class ConfirmForm(forms.Form):
    """The password once more."""

    password = forms.CharField(
        label=_("Password"), max_length=256, strip=False, widget=forms.PasswordInput(PASSWORD)
    )
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class PasswordForm(forms.Form):
    """A new password, twice, with the present one."""

    old = forms.CharField(
        label=_("Present password"), max_length=256, strip=False, widget=forms.PasswordInput(PASSWORD)
    )
    new = forms.CharField(
        label=_("New password"), max_length=256, strip=False, widget=forms.PasswordInput(NEW_PASSWORD),
        help_text=_("At least 10 characters; a sentence is easy to remember. Not only digits, not a well-known password."),
    )  # fmt: skip
    again = forms.CharField(
        label=_("New password once more"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(NEW_PASSWORD),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError(_("The two new passwords differ. Type the new one twice."))
        return again


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Code of six digits, or a recovery code"), max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input input-short", "data-secret": ""}),
    )  # fmt: skip


class FirstCodeForm(CodeForm):
    """The first code of an app that is being set up."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"].label = _("Code that the app shows now")


class KeyNameForm(forms.Form):
    """What a person calls a passkey."""

    name = forms.CharField(label=_("Name of the passkey, such as the device it is on"), max_length=40)


class AccountForm(forms.Form):
    """A new account."""

    login_name = forms.CharField(
        label=_("Sign-in name"), max_length=40,
        help_text=_("3 to 40 small letters, digits, dots or lines, beginning with a letter. Not the person's full name."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Mobile number for signing in"), max_length=30, required=False,
        help_text=_("Only an unreadable mark of it is kept, to recognise it at sign-in."),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip


class SubjectForm(forms.Form):
    """The account's subject at the single sign-on."""

    subject = forms.CharField(
        label=_("Subject number at the single sign-on"),
        max_length=190,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
