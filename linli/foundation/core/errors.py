"""Refusals: one typed exception, full sentences, one place that turns them into a page or JSON."""

from __future__ import annotations

from django.utils.functional import Promise


class Refused(Exception):
    """An action that did not happen. Nothing was written.

    `code` names the refusal for tests and API clients, `message` is a sentence for a person: what happened,
    which rule says so, what to do next. `fields` maps form fields to sentences.
    """

    status = 400

    def __init__(
        self,
        code: str,
        message: str | Promise,
        *,
        fields: dict[str, str | Promise] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields = fields or {}
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(Refused):
    """What was sent cannot be used; `fields` say why."""

    status = 422


class NotAllowed(Refused):
    """The acting appointment does not have this verb."""

    status = 403


class OutOfScope(Refused):
    """Not there for this actor: said as if it did not exist."""

    status = 404


class WrongStage(Refused):
    """The verb exists but not now."""

    status = 409


class Conflict(Refused):
    """Somebody else was first, or the key was used for another body."""

    status = 409


class TooMany(Refused):
    """A rate limit; `facts['retry_after']` is in seconds."""

    status = 429


class TooLarge(Refused):
    """A file or text beyond its limit, which the sentence names."""

    status = 413


class Unavailable(Refused):
    """The database or another part does not answer; trying again is safe."""

    status = 503
