"""Reads: the inbox, its unread count, the words of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies.paging import SIZE, Page, decode, encode
from linli.foundation.core import charter
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Text
from linli.foundation.messaging import access, linking, rules
from linli.foundation.messaging.models import Message


@dataclass(frozen=True, slots=True)
class Line:
    """A message as the inbox shows it."""

    message: Message
    words: str
    url: str

    @property
    def unread(self) -> bool:
        return self.message.state != Message.State.READ


def template(district: int, code: str, now: datetime) -> Text:
    """The charter's text of a template. Raises MessageRefused for an unknown one."""
    text = charter.current(district, now).get(f"message.{code}")
    if not isinstance(text, Text):
        raise rules.MessageRefused(f"The charter has no template message.{code}.")
    return text


def words(message: Message, *, district: District, zone: ZoneInfo, now: datetime, language: str = "") -> str:
    """A message in words, without its sender. `language` is the message's own when empty."""
    language = language or message.language
    known = {
        "district": district.name_zh if language.startswith("zh") else district.name_en,
        "hotline": charter.current(message.district, now)["office.hotline"],
    }
    text = template(message.district, message.template, now)
    return rules.render(text, message.data, language=language, zone=zone, known=known)


def inbox(
    actor: Actor, *, district: District, zone: ZoneInfo, now: datetime, language: str, after: str = "",
    unread_only: bool = False, size: int = SIZE,
) -> Page[Line]:  # fmt: skip
    """One page of the acting person's inbox, newest first. One statement, and one per kind of subject."""
    rows = access.visible_to(actor)
    if unread_only:
        rows = rows.exclude(state=Message.State.READ)
    cursor = decode(after, 2)
    at = _moment(cursor[0]) if cursor else None
    if cursor and at:
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, public_id__gt=cursor[1]))
    found = list(rows.order_by("-created_at", "public_id")[: size + 1])
    more = ""
    if len(found) > size:
        last = found[size - 1]
        more = encode(last.created_at.astimezone(UTC).isoformat(), last.public_id)
    return Page(_lines(found[:size], district=district, zone=zone, now=now, language=language), more)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _lines(
    messages: Sequence[Message], *, district: District, zone: ZoneInfo, now: datetime, language: str
) -> list[Line]:
    urls = linking.addresses(district.id, [(m.subject_type, m.subject_id) for m in messages])
    return [
        Line(
            message=m,
            words=words(m, district=district, zone=zone, now=now, language=language),
            url=urls.get((m.subject_type, m.subject_id), ""),
        )
        for m in messages
    ]


def unread(actor: Actor) -> int:
    """How many messages wait in the inbox. One statement."""
    return access.visible_to(actor).exclude(state=Message.State.READ).count()


def seen(actor: Actor, public_id: str) -> Message:
    """A message of the acting person's inbox. Raises OutOfScope."""
    found = access.visible_to(actor).filter(public_id=public_id).first()
    if found is None:
        raise OutOfScope("message.none", _("There is no such message in your inbox."))
    return found


def address(district: int, message: Message) -> str:
    """Where a message leads; empty when its subject has no page."""
    subject = (message.subject_type, message.subject_id)
    return linking.addresses(district, [subject]).get(subject, "")


def sent_to(district: int, person: int) -> list[dict[str, str]]:
    """Messages to one person, for the export that the person may ask for."""
    rows = Message.objects.filter(district=district, recipient_kind=Message.To.PERSON, recipient=person)
    return [
        {"template": m.template, "state": m.state, "made_at": m.created_at.isoformat()}
        for m in rows.order_by("created_at", "public_id")
    ]
