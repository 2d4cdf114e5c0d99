from django.urls import URLPattern, URLResolver, path

from linli.foundation.accounts.views import entry

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in", entry.sign_in, name="sign_in"),
    path("sign-in/password", entry.first_password, name="first_password"),
    path("sign-out", entry.sign_out, name="sign_out"),
    path("signed-out", entry.signed_out, name="signed_out"),
    path("desk/accounts/switch", entry.switch, name="switch"),
    path("desk/accounts/confirm", entry.confirm, name="confirm"),
    path("desk/accounts/password", entry.password, name="password"),
]
