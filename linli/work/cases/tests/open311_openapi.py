"""The Open311 addresses as an OpenAPI description, written by hand from GeoReport v2, with values that exist here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
ANSWERS: Schema = {"type": "object", "additionalProperties": TEXT}
ERRORS = ("400", "403", "404", "405", "413", "429")


def _known(*values: str) -> Schema:
    """One of the values that exist, or anything."""
    return {"anyOf": [{"enum": list(values)}, TEXT]}


def _parameter(name: str, where: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


FORM = _parameter("form", "path", {"enum": ["xml", "json"]})
JURISDICTION = _parameter("jurisdiction_id", "query", {"enum": ["", "luzhou", "140403", "elsewhere"]})


def _operation(name: str, *parameters: Schema, good: str = "200") -> Schema:
    responses = {status: {"description": status} for status in (good, *ERRORS)}
    return {"operationId": name, "parameters": [JURISDICTION, *parameters], "responses": responses}


def _request(codes: Sequence[str], secrets: Sequence[str], places: Sequence[str]) -> Schema:
    properties = {
        "api_key": {"enum": list(secrets)}, "jurisdiction_id": {"enum": ["", "luzhou"]}, "service_code": {"enum": list(codes)},
        "lat": {"type": "number", "minimum": 36, "maximum": 37}, "long": {"type": "number", "minimum": 113, "maximum": 114},
        "address_string": TEXT, "address_id": {"enum": list(places)}, "email": TEXT, "device_id": TEXT, "account_id": TEXT,
        "first_name": TEXT, "last_name": TEXT, "phone": {"enum": ["13800138000", ""]},
        "description": {"type": "string", "maxLength": 4000}, "media_url": TEXT,
        "attribute[lamp_count]": {"type": "integer", "minimum": 1, "maximum": 200},
    }  # fmt: skip
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": ["api_key", "service_code", "address_id"],
    }


def document(
    *, codes: Sequence[str], secrets: Sequence[str], places: Sequence[str], ids: Sequence[str], tokens: Sequence[str]
) -> Schema:  # fmt: skip
    """The description; `secrets` are the keys that senders try."""
    post = _operation("createRequest", FORM, good="201")
    sent = _request(codes, secrets, places)
    media = {**sent, "properties": {**sent["properties"], "media": {"type": "string", "format": "binary"}}}
    post["requestBody"] = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": sent},
            "application/json": {
                "schema": {
                    **sent,
                    "properties": {**sent["properties"], "attribute": ANSWERS},
                    "additionalProperties": False,
                }
            },
            "multipart/form-data": {"schema": media},
        },
    }
    moment = {
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, TEXT]
    }
    filters = [
        _parameter("service_request_id", "query", _known("", ",".join(ids))),
        _parameter("service_code", "query", _known("", ",".join(codes))),
        _parameter("start_date", "query", moment), _parameter("end_date", "query", moment),
        _parameter("status", "query", _known("", "open", "closed", "open,closed")),
        _parameter("page", "query", {"anyOf": [{"type": "integer"}, TEXT]}),
        _parameter("page_size", "query", {"anyOf": [{"type": "integer"}, TEXT]}),
    ]  # fmt: skip
    one = _parameter("public_id", "path", _known(*ids))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Open311 GeoReport v2", "version": "2"},
        "paths": {
            "/open311/discovery.{form}": {"get": _operation("discovery", FORM)},
            "/open311/v2/services.{form}": {"get": _operation("listServices", FORM)},
            "/open311/v2/services/{code}.{form}": {
                "get": _operation("getService", _parameter("code", "path", _known(*codes)), FORM)
            },
            "/open311/v2/requests.{form}": {"get": _operation("listRequests", FORM, *filters), "post": post},
            "/open311/v2/requests/{public_id}.{form}": {"get": _operation("getRequest", one, FORM)},
            "/open311/v2/tokens/{token}.{form}": {
                "get": _operation("getToken", _parameter("token", "path", _known(*tokens)), FORM)
            },
            "/open311/v2/media/{file}": {"get": _operation("getMedia", _parameter("file", "path", TEXT))},
        },
    }
