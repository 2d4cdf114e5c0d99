"""The desk's inbox, and the door for answers that a provider brings."""

from __future__ import annotations

import json
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.accounts.gate import acting
from linli.foundation.core import idempotency
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.middleware import limited_first
from linli.foundation.core.models import District
from linli.foundation.core.ratelimit import Limit
from linli.foundation.core.requests import actor_of, context_of, district_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import printable
from linli.foundation.messaging import access, actions, queries

DOOR = "messages.inbound"
SECRET_HEADER = "X-Linli-Secret"  # noqa: S105  # the header's name
INBOUND_LIMIT = Limit(burst=600, per_hour=36_000)
LONGEST_TEXT = 2000


def _who(request: HttpRequest) -> tuple[Context, Actor, District]:
    return context_of(request), actor_of(request), district_of(request)


@acting(access.READ)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages to the acting appointment and its body, newest first."""
    context, actor, district = _who(request)
    only = request.GET.get("show", "") == "unread"
    page = queries.inbox(
        actor, district=district, zone=context.zone, now=context.now, language=get_language() or "zh-hans",
        after=request.GET.get("after", "")[:400], unread_only=only,
    )  # fmt: skip
    return render(
        request, "messaging/inbox.html", {"lines": page.rows, "next_cursor": page.next_cursor, "only": only}
    )


@acting(access.READ)
@require_POST
def read(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open a message: it counts as read, and leads to what it is about."""
    _context, actor, district = _who(request)
    message = actions.mark_read(actor=actor, message=queries.seen(actor, public_id))
    url = queries.address(district.id, message)
    return redirect(url or "messaging:inbox")


@acting(access.READ)
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything in the inbox counts as read."""
    _context, actor, _district = _who(request)
    count = actions.mark_all_read(actor=actor)
    said = ngettext("%(count)d message marked as read.", "%(count)d messages marked as read.", count)
    messages.success(request, said % {"count": count})
    return redirect("messaging:inbox")


def _checked_secret(request: HttpRequest) -> None:
    """The provider's shared secret. Without one in the settings the door does not exist."""
    secret: str = getattr(settings, "LINLI_INBOUND_SECRET", "")
    if not secret:
        raise OutOfScope("inbound.closed", _("No message channel is connected here."))
    if not compare_digest(request.headers.get(SECRET_HEADER, "").encode(), secret.encode()):
        raise NotAllowed(
            "inbound.secret", _("The shared secret is not right. Nothing was stored."), security=True
        )


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    wanted = ("id", "from", "text")
    if not isinstance(body, dict) or not all(
        isinstance(body.get(name), str) and body[name].strip() for name in wanted
    ):
        raise Invalid("inbound.body", _("Send JSON with the texts id, from and text. Nothing was stored."))
    body |= {name: printable(body[name]) for name in wanted}
    if len(body["text"]) > LONGEST_TEXT:
        raise Invalid("inbound.long", _("The text is longer than 2000 characters. Nothing was stored."))
    return body


@csrf_exempt
@limited_first(DOOR, INBOUND_LIMIT)
@require_POST
def inbound(request: HttpRequest) -> HttpResponse:
    """A provider brings what somebody wrote back: {"id", "from", "text"}; the same id again changes nothing."""
    _checked_secret(request)
    context, _actor, _district = _who(request)
    body = _body(request)
    slot = idempotency.take(
        district=context.district, door=DOOR, key=body["id"], body=idempotency.digest(body["from"], body["text"]),
        now=context.now,
    )  # fmt: skip
    if slot.replay is None:
        taken = actions.take_in(context=context, phone=body["from"], text=body["text"], channel="provider")
        slot.answer(200, "answered" if taken.message_id else "kept")
        return JsonResponse({"state": "answered" if taken.message_id else "kept"})
    return JsonResponse({"state": slot.replay.reference})
