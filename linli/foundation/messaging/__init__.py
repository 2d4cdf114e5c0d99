"""Messaging: outbound and inbound messages by template, quiet hours, delivery state, the desk's inbox."""
