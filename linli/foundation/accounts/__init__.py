"""Accounts: sign-in, second factor, devices, sessions, and grants (what a person may do, filed by bodies).

Owns: `User` (a sign-in name and a blind index of a phone; who the person is, `people` knows), `Grant` (the only
thing `access.py` of any room reads, through the `Actor` made of it), `SignedIn` (one device, one acting grant).
Invariants: a session acts under exactly one grant and dies when the grant, the account or the password changes;
a session of one district is nothing in another; sign-in answers alike for unknown, locked and ended accounts;
no sign-in is counted; a grant is never filed to oneself nor above one's own level.
"""
