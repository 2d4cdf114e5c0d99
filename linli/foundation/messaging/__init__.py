"""Messaging: outbound and inbound messages by template, quiet hours, delivery, the desk's inbox.

Owns: `Message` (one per event, template and recipient), `Recorded` (the default port's book), `InboundMessage`.
Words: a template is the charter key `message.<code>`; a channel is `inbox` or a port; an ask is a template that
is answered by 1, 2 or 3.
Invariants: a row keeps ids, codes and masked words, never a rendered text with personal data or a number; the
same event reaches the same recipient once; numbers are opened for the task only; nobody counts who reads.
"""
