from django.urls import URLPattern, URLResolver, path

from linli.foundation.core import views

app_name = "core"
urlpatterns: list[URLPattern | URLResolver] = [path("elder", views.elder_mode, name="elder_mode")]
