"""Notices: one mechanism for everything that must be shown, and proof that it was shown unchanged.

Owns: `Notice` (公示 consultation notice, 公告 announcement, 公开 disclosure), `Objection` with its duty to answer,
and the rules library (`RuleText`, `RuleBasis`).
Invariants: what is published is frozen (a trigger refuses change) and carries the SHA-256 of its canonical content;
a correction is a new version linked to the old one; a withdrawal says why; "shown for n days" from day d means that
one may act when today > d + n; a text that names a person is refused unless the law that asks for it is named;
each day that a notice is shown leaves an event with the digest that was found.
"""
