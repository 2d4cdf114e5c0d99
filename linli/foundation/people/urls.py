"""Doors of the vault."""

from django.urls import URLPattern, URLResolver, path

from linli.foundation.people import views

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/people/", views.search, name="search"),
    path("desk/people/keys/", views.keys, name="keys"),
    path("desk/people/keys/rotate/", views.rotate, name="rotate"),
    path("desk/people/openings/", views.openings, name="openings"),
    path("desk/people/<str:public_id>/", views.person, name="person"),
    path("desk/people/<str:public_id>/open/", views.reveal, name="reveal"),
    path("desk/people/<str:public_id>/erase/", views.erase, name="erase"),
]
