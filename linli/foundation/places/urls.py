"""Doors of places."""

from django.urls import URLPattern, URLResolver, path

from linli.foundation.places.views import changes, desk, imports, public

app_name = "places"
urlpatterns: list[URLPattern | URLResolver] = [
    path("my-compound", public.my_compound, name="my_compound"),
    path("p/", public.find_plate, name="find_plate"),
    path("p/<str:code>", public.plate, name="plate"),
    path("places/search", public.search, name="search"),
    path("places/outline.json", public.outline, name="outline"),
    path("places/points.json", public.points, name="points"),
    path("desk/places/", desk.compounds, name="compounds"),
    path("desk/places/import/", imports.upload, name="upload"),
    path("desk/places/import/<slug:public_id>/", imports.import_run, name="import_run"),
    path("desk/places/import/<slug:public_id>/now", imports.import_now, name="import_now"),
    path("desk/places/import/<slug:public_id>/errors.xlsx", imports.import_errors, name="import_errors"),
    path("desk/places/<slug:public_id>/", desk.file, name="file"),
    path("desk/places/<slug:public_id>/plates", desk.plate_sheets, name="plate_sheets"),
    path("desk/places/<slug:public_id>/plates/issue", desk.issue_plates, name="issue_plates"),
    path("desk/places/<slug:public_id>/plates/end", desk.end_plate, name="end_plate"),
    path("desk/places/<slug:public_id>/<slug:what>", changes.change, name="change"),
]
