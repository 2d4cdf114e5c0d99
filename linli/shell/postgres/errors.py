"""The one error of this package that a person is meant to read."""


class ServerRefused(Exception):
    """The database server could not be started, attached to or found.

    The text is one or more full sentences: what happened, why, and what to do next.
    """
