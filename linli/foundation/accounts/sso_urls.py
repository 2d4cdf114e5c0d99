"""Addresses of the single sign-on. Outside the room's name space: the sign-in library looks them up by these names."""

from django.urls import URLPattern, URLResolver, path

from linli.foundation.accounts.views import sso

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/sso/<str:provider_id>", sso.start, name="openid_connect_login"),
    path("sign-in/sso/<str:provider_id>/back", sso.callback, name="openid_connect_callback"),
]
