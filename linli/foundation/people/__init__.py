"""People: the vault. The only room with personal fields: encrypted, masked, revealed for a logged purpose.

Owns persons, households, residence, ownership, originals of free texts, data keys and the log of reveals.
Words: mask (what is shown), index (keyed hash for exact finding), sealed (encrypted), reveal (opened for a
logged purpose), task (work somebody was assigned, which is its own purpose).
Invariants: every vault table is bound to one district by a row-level policy; sealed columns are readable only
while `vault.opened()` runs, and only after the check and the log; a person is found by exact phone, number or
full name within one's scope, never by part; erasure destroys the data key, so no copy of the row opens again.
"""
