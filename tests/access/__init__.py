"""Every address of Linli, asked by everybody about everything: who gets what, and nobody more."""
