"""Desk addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from linli.foundation.bodies.views import bodies, calendars, duties, rosters

app_name = "bodies"
urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/bodies/", bodies.body_list, name="list"),
    path("desk/bodies/new/", bodies.new, name="new"),
    path("desk/bodies/duties/", duties.duties, name="duties"),
    path("desk/bodies/duties/remove/", duties.remove, name="remove_duty"),
    path("desk/bodies/roster/", rosters.own_roster, name="own_roster"),
    path("desk/bodies/<str:public_id>/", bodies.detail, name="detail"),
    path("desk/bodies/<str:public_id>/change/", bodies.change, name="change"),
    path("desk/bodies/<str:public_id>/end/", bodies.end, name="end"),
    path("desk/bodies/<str:public_id>/places/", bodies.add_place, name="add_place"),
    path("desk/bodies/<str:public_id>/places/<str:place_id>/end/", bodies.end_place, name="end_place"),
    path("desk/bodies/<str:public_id>/appoint/", bodies.appoint, name="appoint"),
    path("desk/bodies/<str:public_id>/roster/", rosters.roster, name="roster"),
    path("desk/bodies/<str:public_id>/roster/cover/", rosters.cover, name="cover"),
    path("desk/bodies/<str:public_id>/roster/shifts/", rosters.set_shift, name="set_shift"),
    path("desk/bodies/<str:public_id>/roster/swap/", rosters.swap, name="swap"),
    path(
        "desk/bodies/<str:public_id>/roster/shifts/<str:shift_id>/drop/",
        rosters.drop_shift,
        name="drop_shift",
    ),
    path("desk/appointments/<str:public_id>/end/", bodies.end_appointment, name="end_appointment"),
    path("desk/calendar/", calendars.calendar, name="calendar"),
    path("desk/calendar/load/", calendars.confirm, name="load_calendar"),
]
