"""Sign-in by name or phone within the request's district."""

from django.contrib.auth.backends import ModelBackend


class SignInBackend(ModelBackend):
    """Looks accounts up in one district only."""
