"""Accounts: sign-in, second factor, devices, sessions, and grants (what a person may do, filed by bodies)."""
