"""Every door of Linli, room by room."""

from django.urls import URLPattern, URLResolver, include, path

from linli.foundation.core import views as core_views
from linli.foundation.core.middleware import without_district
from linli.shell import views

handler400 = "linli.foundation.core.views.bad_request"
handler403 = "linli.foundation.core.views.forbidden"
handler404 = "linli.foundation.core.views.not_found"
handler500 = "linli.foundation.core.views.server_error"

shell_patterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("privacy", views.privacy, name="privacy"),
    path("desk/", views.desk, name="desk"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", without_district(core_views.healthz), name="healthz"),
    path("readyz", without_district(core_views.readyz), name="readyz"),
    path("metrics", without_district(core_views.metrics), name="metrics"),
    # Reports come first: patterns are tried in order, and no room's doors begin like another's.
    path("", include("linli.work.cases.urls")),
    path("", include((shell_patterns, "shell"))),
    path("", include("linli.foundation.core.urls")),
    path("", include("linli.foundation.accounts.urls")),
    path("", include("linli.foundation.accounts.sso_urls")),
    path("", include("linli.foundation.places.urls")),
    path("", include("linli.foundation.people.urls")),
    path("", include("linli.foundation.bodies.urls")),
    path("", include("linli.foundation.messaging.urls")),
    path("", include("linli.foundation.notices.urls")),
]
