"""Core: the thirteen mechanisms every room stands on, free of domain words.

Owns: tenants (`District`), ids, charter, event ledger, outbox and jobs, flows, clocks and the working
calendar, idempotency, rate limits, stored files, cryptography, errors, interface components.
Invariants: an event is written in its action's transaction and never changed; every id carries its
district; `now` is read once per request or job from the database and passed on.
"""
