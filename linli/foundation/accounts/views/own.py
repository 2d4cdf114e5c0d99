"""One's own page: sign-ins on all devices, second factors, password."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.accounts import actions, queries
from linli.foundation.accounts.access import sign_ins_visible_to
from linli.foundation.accounts.gate import row_of, signed_in, user_of
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number

# Browser families and systems as people call them.
NAMES = {
    "wechat": "WeChat", "dingtalk": "DingTalk", "edge": "Edge", "firefox": "Firefox", "chrome": "Chrome",
    "safari": "Safari", "harmony": "HarmonyOS", "android": "Android", "ios": "iOS", "windows": "Windows",
    "macos": "macOS", "linux": "Linux",
}  # fmt: skip


def device_words(device: str) -> str:
    """ "firefox-windows" as a person reads it."""
    family, _sep, system = device.partition("-")
    other = _("another browser"), _("another system")
    return _("%(browser)s on %(system)s") % {
        "browser": NAMES.get(family, other[0]), "system": NAMES.get(system, other[1]),
    }  # fmt: skip


@never_cache
@signed_in
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """Where one is signed in, and by what."""
    row, now = row_of(request), context_of(request).now
    rows = [
        {"row": each, "device": device_words(each.device), "here": row is not None and each.id == row.id}
        for each in queries.sign_ins(_actor(request), now)
    ]
    factors = queries.factors(user_of(request))
    named = [f for f in factors if f.type != "recovery_codes"]
    for factor in named:
        factor.words = factor.data["name"] if factor.type == "webauthn" else _("Authenticator app")
    return render(request, "accounts/own.html", {"rows": rows, "factors": named, "user": user_of(request)})


@never_cache
@require_POST
@signed_in
def end(request: HttpRequest) -> HttpResponse:
    """End one sign-in on another device, or all but this one."""
    actor, now = _actor(request), context_of(request).now
    wanted = request.POST.get("sign_in", "")
    if wanted == "others":
        actions.end_other_sign_ins(actor=actor, keep=row_of(request), now=now)
        return redirect("accounts:own")
    row = sign_ins_visible_to(actor).filter(id=whole_number(wanted) or 0).first()
    if row is None:
        raise OutOfScope("signedin.none", _("This sign-in is over already."))
    actions.end_sign_in(actor=actor, row=row, now=now)
    return redirect("accounts:own")


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request)
