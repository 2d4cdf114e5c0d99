from django.urls import URLPattern, URLResolver, path

from linli.work.cases import api
from linli.work.cases.views import caller, desk, report

app_name = "cases"
urlpatterns: list[URLPattern | URLResolver] = [
    path("report", report.report, name="report"),
    path("report/<str:public_id>/sent", caller.sent, name="sent"),
    path("follow", caller.follow, name="follow"),
    path("c/<str:public_id>", caller.case_page, name="mine"),
    path("c/<str:public_id>/<str:verb>", caller.act, name="mine_act"),
    path("c/<str:public_id>/photo/<str:file>", caller.photo, name="mine_photo"),
    path("desk/cases/", desk.queue, name="queue"),
    path("desk/cases/callbacks", desk.callbacks, name="callbacks"),
    path("desk/cases/record", desk.record, name="record"),
    path("desk/cases/<str:public_id>", desk.case_page, name="case"),
    path("desk/cases/<str:public_id>/photo/<str:file>", desk.photo, name="photo"),
    path("desk/cases/<str:public_id>/reveal", desk.reveal, name="reveal"),
    path("desk/cases/<str:public_id>/<str:verb>", desk.act, name="act"),
    path("open311/v2/requests.<str:form>", api.requests, name="open311_requests"),
    path("open311/v2/requests", api.requests, {"form": "json"}, name="open311_requests_plain"),
    path("open311/v2/requests/<str:public_id>.<str:form>", api.request_one, name="open311_request"),
]
