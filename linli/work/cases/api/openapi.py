"""The OpenAPI document of `/api/v1`, written by hand and tested against the addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.work.cases.models import REQUEST_KINDS

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}


def _object(properties: Mapping[str, Schema], required: tuple[str, ...] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties) if required is None else list(required),
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Schema]:
    option = _object({"code": TEXT, "name": TEXT})
    question = {
        "code": TEXT, "question": TEXT, "type": {"enum": ["choice", "text", "number"]}, "low": MAYBE_NUMBER,
        "high": MAYBE_NUMBER, "options": _list(option),
    }  # fmt: skip
    place = {"id": TEXT, "name": TEXT, "level": TEXT, "lat": MAYBE_NUMBER, "long": MAYBE_NUMBER}
    return {
        "Error": _object(
            {"code": TEXT, "message": TEXT, "fields": {"type": "object", "additionalProperties": TEXT}},
            ("code", "message"),
        ),
        "Kind": _object(
            {
                "code": TEXT, "standard": TEXT, "name": TEXT, "class": {"enum": ["P0", "P1", "P2", "P3", "PM"]},
                "public": {"type": "boolean"}, "danger": {"type": "boolean"}, "questions": _list(_object(question)),
            }
        ),
        "Place": _object({**place, "metres": {"type": "integer"}}, tuple(place)),
        "Case": _object(
            {
                "id": TEXT, "open": {"type": "boolean"}, "stage": TEXT, "stage_words": TEXT, "kind": TEXT, "kind_name": TEXT,
                "text": TEXT, "answer": TEXT, "responsible": MAYBE_TEXT, "received_at": MOMENT, "updated_at": MOMENT,
                "promised_at": MAYBE_MOMENT, "ended_at": MAYBE_MOMENT, "place": _ref("Place"), "pictures": _list(TEXT),
            }
        ),
        "Entry": _object({"at": MOMENT, "what": TEXT, "words": TEXT}),
        "Report": _object(
            {
                "place": TEXT, "kind": TEXT, "text": {"type": "string", "minLength": 1, "maxLength": 5000},
                "kind_of_request": {"enum": list(REQUEST_KINDS)}, "name": TEXT, "phone": TEXT,
                "lat": {"type": "number", "minimum": -90, "maximum": 90}, "long": {"type": "number", "minimum": -180, "maximum": 180},
                "answers": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
            },
            ("place", "kind", "text"),
        ),
        "Receipt": _object(
            {"id": TEXT, "number": TEXT, "follow_code": TEXT, "promised_at": MAYBE_MOMENT, "replay": {"type": "boolean"}}
        ),
        "Held": _object({"token": TEXT, "state": {"enum": ["held", "released", "refused"]}, "id": MAYBE_TEXT}, ("token", "state")),
    }  # fmt: skip


def _answer(words: str, schema: Schema) -> Schema:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _errors(*statuses: str) -> dict[str, Schema]:
    words = {
        "400": _("A parameter or the body cannot be read."),
        "401": _("No key was sent."),
        "403": _("The key is not in force or may not do this."),
        "404": _("There is nothing public with this id."),
        "413": _("More was sent than fits."),
        "422": _(
            "The report cannot be used; `fields` says why. Or the Idempotency-Key came with another report."
        ),
        "429": _("Too often. `Retry-After` says how many seconds to wait."),
    }
    return {status: _answer(words[status], _ref("Error")) for status in statuses}


def _query(name: str, words: str, schema: Schema | None = None) -> Schema:
    return {"name": name, "in": "query", "description": words, "required": False, "schema": schema or TEXT}


def _get(
    summary: str, name: str, schema: Schema, *parameters: Schema, errors: tuple[str, ...] = ()
) -> Schema:
    return {
        "summary": summary,
        "operationId": name,
        "parameters": list(parameters),
        "responses": {"200": _answer(_("Found."), schema), **_errors("401", "403", "429", *errors)},
    }


def _id(name: str, words: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "description": words, "schema": TEXT}


def _post() -> Schema:
    return {
        "summary": _("Send a report"),
        "operationId": "createCase",
        "description": _("The key needs the scope `report`. The same Idempotency-Key with the same report gives the same answer."),
        "parameters": [
            {
                "name": "Idempotency-Key", "in": "header", "required": True,
                "description": _("A number of your own, new for each report."), "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Report")}}},
        "responses": {
            "201": _answer(_("It is a case. Hand number and follow code to the caller."), _ref("Receipt")),
            "202": _answer(_("Somebody looks at it first; ask with the token."), _ref("Held")),
            **_errors("400", "401", "403", "413", "422", "429"),
        },
    }  # fmt: skip


def _paths() -> dict[str, Schema]:
    case_id = _id("public_id", _("The id of the case."))
    return {
        "/kinds": {
            "get": _get(_("Kinds of matters with their questions"), "listKinds", _object({"kinds": _list(_ref("Kind"))}))
        },
        "/places": {
            "get": _get(
                _("Find compounds and communities"), "findPlaces", _object({"places": _list(_ref("Place"))}),
                _query("q", _("Some characters of the name, or first letters of its pinyin.")),
                _query("lat", _("With long: compounds around a position, nearest first (WGS-84).")),
                _query("long", _("With lat.")), errors=("400",),
            )
        },
        "/cases": {
            "get": _get(
                _("Public cases in the order in which they changed"), "listCases",
                _object({"cases": _list(_ref("Case")), "cursor": TEXT, "more": {"type": "boolean"}}),
                _query("updated_since", _("Begin here: a W3C moment with its zone, or a day.")),
                _query("cursor", _("Go on where the last answer ended; overrides updated_since.")),
                _query("limit", _("At most this many changes, 1 to 100."), {"type": "integer", "minimum": 1, "maximum": 100}),
                errors=("400",),
            ),
            "post": _post(),
        },
        "/cases/{public_id}": {"get": _get(_("One public case"), "getCase", _ref("Case"), case_id, errors=("404",))},
        "/cases/{public_id}/entries": {
            "get": _get(
                _("What happened to a public case"), "listEntries", _object({"entries": _list(_ref("Entry"))}), case_id, errors=("404",)
            )
        },
        "/reports/{token}": {
            "get": _get(
                _("What became of a report that somebody looked at first"), "getReport", _ref("Held"),
                _id("token", _("The token of the answer 202.")), errors=("404",),
            )
        },
    }  # fmt: skip


def document(url: str) -> Schema:
    """The document for a server at this address, in the language of the request."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Linli",
            "version": "1",
            "description": _("Report matters of a neighbourhood and read what is public of them. Never callers, never their words unless a clerk approved them."),
        },
        "servers": [{"url": url}],
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }  # fmt: skip
