from django.urls import URLPattern, URLResolver, path

from linli.foundation.accounts.views import desk, entry, factors, own

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in", entry.sign_in, name="sign_in"),
    path("sign-in/password", entry.first_password, name="first_password"),
    path("sign-in/factor", factors.give, name="factor"),
    path("sign-in/factor/options", factors.give_options, name="factor_options"),
    path("sign-in/setup", factors.setup, name="factor_setup"),
    path("sign-in/setup/app", factors.setup_app, name="factor_app"),
    path("sign-in/setup/passkey", factors.setup_passkey, name="factor_passkey"),
    path("sign-in/setup/passkey/options", factors.setup_options, name="passkey_options"),
    path("sign-in/go-on", factors.go_on, name="go_on"),
    path("sign-out", entry.sign_out, name="sign_out"),
    path("signed-out", entry.signed_out, name="signed_out"),
    path("desk/accounts/", desk.accounts, name="list"),
    path("desk/accounts/switch", entry.switch, name="switch"),
    path("desk/accounts/confirm", entry.confirm, name="confirm"),
    path("desk/accounts/own", own.own, name="own"),
    path("desk/accounts/own/end", own.end, name="end_sign_in"),
    path("desk/accounts/own/password", entry.password, name="password"),
    path("desk/accounts/own/factor/remove", factors.remove, name="factor_remove"),
    path("desk/accounts/own/codes", factors.new_codes, name="new_codes"),
    path("desk/accounts/new", desk.new, name="new"),
    path("desk/accounts/of/<str:name>/", desk.account, name="account"),
    path("desk/accounts/of/<str:name>/end", desk.end, name="end"),
    path("desk/accounts/of/<str:name>/password", desk.reset, name="reset_password"),
    path("desk/accounts/of/<str:name>/factors", desk.reset_factors, name="reset_factors"),
    path("desk/accounts/of/<str:name>/link", desk.link, name="link"),
    path("desk/accounts/of/<str:name>/unlink", desk.unlink, name="unlink"),
]
