"""Addresses of the inbox and of the inbound door."""

from django.urls import URLPattern, URLResolver, path

from linli.foundation.messaging import views

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/messages/", views.inbox, name="inbox"),
    path("desk/messages/read/", views.read_all, name="read_all"),
    path("desk/messages/<str:public_id>/read/", views.read, name="read"),
    path("messages/inbound", views.inbound, name="inbound"),
]
