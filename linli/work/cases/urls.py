from django.urls import URLPattern, URLResolver, path

from linli.work.cases.api import reading, sending
from linli.work.cases.views import caller, connected, desk, listing, report

app_name = "cases"
urlpatterns: list[URLPattern | URLResolver] = [
    path("report", report.report, name="report"),
    path("report/<str:public_id>/sent", caller.sent, name="sent"),
    path("follow", caller.follow, name="follow"),
    path("c/<str:public_id>", caller.case_page, name="mine"),
    path("c/<str:public_id>/<str:verb>", caller.act, name="mine_act"),
    path("c/<str:public_id>/photo/<str:file>", caller.photo, name="mine_photo"),
    path("desk/cases/", listing.queue, name="queue"),
    path("desk/cases/callbacks", listing.callbacks, name="callbacks"),
    path("desk/cases/filters", listing.keep, name="filter_save"),
    path("desk/cases/filters/<str:saved>", listing.change, name="filter_change"),
    path("desk/cases/record", desk.record, name="record"),
    path("desk/cases/<str:public_id>", desk.case_page, name="case"),
    path("desk/cases/<str:public_id>/photo/<str:file>", desk.photo, name="photo"),
    path("desk/cases/<str:public_id>/reveal", desk.reveal, name="reveal"),
    path("desk/cases/<str:public_id>/<str:verb>", desk.act, name="act"),
    path("desk/connected/keys", connected.keys, name="keys"),
    path("desk/connected/keys/<str:key>/end", connected.end_key, name="key_end"),
    path("desk/connected/held", connected.held, name="held"),
    path("desk/connected/held/<str:token>/<str:verb>", connected.decide, name="held_decide"),
    path("desk/connected/public/<str:public_id>", connected.public_card, name="public_card"),
    path("open311/discovery.<str:form>", reading.discovery, name="open311_discovery"),
    path("open311/v2/", reading.discovery, {"form": "json"}, name="open311_root"),
    path("open311/v2/services.<str:form>", reading.services, name="open311_services"),
    path("open311/v2/services/<str:code>.<str:form>", reading.service, name="open311_service"),
    path("open311/v2/requests.<str:form>", sending.requests, name="open311_requests"),
    path("open311/v2/requests", sending.requests, {"form": "json"}, name="open311_requests_plain"),
    path("open311/v2/requests/<str:public_id>.<str:form>", reading.request_one, name="open311_request"),
    path("open311/v2/tokens/<str:token>.<str:form>", reading.token, name="open311_token"),
    path("open311/v2/media/<str:file>", reading.photo, name="open311_photo"),
]
