"""Pages of accounts: signing in, second factor, own sign-ins, and the desk's list of accounts."""
