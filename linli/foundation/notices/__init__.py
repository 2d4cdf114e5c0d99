"""Notices: one mechanism for everything that must be shown, and proof that it was shown unchanged."""
