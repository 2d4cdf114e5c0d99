"""The kill test: Linli is killed on purpose, again and again, and every acknowledged send must be there once.

Words: the fleet is a whole installation of its own in a scratch folder; clients send and keep a ledger of what
was acknowledged; the killer sends SIGKILL by a seed; the checker compares ledger, tables and receiver. Defects
are planted one at a time, and each must turn a line red: a test that cannot fail proves nothing.
"""
