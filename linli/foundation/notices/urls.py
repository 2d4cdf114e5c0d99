"""Addresses of notices: public ones are short, desk ones begin with desk/."""

from django.urls import URLPattern, URLResolver, path

from linli.foundation.notices.views import desk, papers, public

app_name = "notices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("notices/", public.public_list, name="public_list"),
    path("notices/library/", public.library, name="library"),
    path("notices/library/<str:public_id>/", public.library_rule, name="library_rule"),
    path("notices/objections/<str:public_id>/", public.objection, name="objection"),
    path("notices/<str:public_id>/", public.detail, name="detail"),
    path("notices/<str:public_id>/object/", public.object_to, name="object"),
    path("notices/<str:public_id>/sheet/", papers.sheet, name="sheet"),
    path("notices/<str:public_id>/article/", papers.article, name="article"),
    path("notices/<str:public_id>/poster/", papers.poster, name="poster"),
    path("desk/notices/", desk.desk_list, name="desk_list"),
    path("desk/notices/write/", desk.write, name="desk_write"),
    path("desk/objections/", desk.desk_objections, name="desk_objections"),
    path("desk/objections/<str:public_id>/", desk.answer, name="desk_answer"),
    path("desk/library/", desk.desk_library, name="desk_library"),
    path("desk/library/<str:public_id>/end/", desk.end_rule, name="desk_end_rule"),
    path("desk/notices/<str:public_id>/", desk.desk_notice, name="desk_notice"),
    path("desk/notices/<str:public_id>/edit/", desk.edit, name="desk_edit"),
    path("desk/notices/<str:public_id>/publish/", desk.publish, name="desk_publish"),
    path("desk/notices/<str:public_id>/discard/", desk.discard, name="desk_discard"),
    path("desk/notices/<str:public_id>/correct/", desk.correct, name="desk_correct"),
    path("desk/notices/<str:public_id>/withdraw/", desk.withdraw, name="desk_withdraw"),
]
