"""A small HTTP client over one kept-alive connection: cheap, with a time-out on everything. Only 127.0.0.1."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "127.0.0.1"
LONGEST_HEAD = 65536


class DoorFailed(Exception):
    """No whole answer came: whether the send was taken is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Door:
    """One connection to the web server, opened anew after every failure."""

    def __init__(self, port: int, *, source: str = HOST, timeout: float = 5.0) -> None:
        self.port = port
        self.source = source  # an address of this machine's loopback: each client has its own rate bucket
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._rest = b""

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def get(self, path: str, cookies: Mapping[str, str] | None = None) -> Answer:
        return self._ask("GET", path, b"", cookies or {})

    def post(self, path: str, fields: Mapping[str, str], cookies: Mapping[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(fields).encode(), cookies)

    def _ask(self, method: str, path: str, body: bytes, cookies: Mapping[str, str]) -> Answer:
        head = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{self.port}"]
        if cookies:
            head.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
        if method == "POST":
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        try:
            if self._socket is None:
                self._socket = socket.create_connection((HOST, self.port), self.timeout, (self.source, 0))
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            return self._read()
        except (OSError, ValueError) as problem:
            self.close()
            raise DoorFailed(type(problem).__name__) from problem

    def _read(self) -> Answer:
        while b"\r\n\r\n" not in self._rest:
            if len(self._rest) > LONGEST_HEAD:
                raise ValueError("The head of an answer does not end.")
            self._more()
        raw, self._rest = self._rest.split(b"\r\n\r\n", 1)
        first, *lines = raw.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for line in lines:
            name, _colon, value = line.partition(":")
            if name.lower() == "set-cookie":
                key, _equals, kept = value.strip().partition("=")
                cookies[key] = kept.split(";", 1)[0].strip('"')
            headers[name.lower()] = value.strip()
        status = int(first.split(" ", 2)[1])
        body = self._body(headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, cookies, body)

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            whole = b""
            while size := int(self._until(b"\r\n"), 16):
                whole += self._take(size)
                self._take(2)
            self._until(b"\r\n")
            return whole
        return self._take(int(headers.get("content-length", "0")))

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._more()
        found, self._rest = self._rest.split(mark, 1)
        return found

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._more()
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def _more(self) -> None:
        assert self._socket is not None
        got = self._socket.recv(65536)
        if not got:
            raise ConnectionResetError("The server hung up.")
        self._rest += got


_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Form:
    """An opened report form: its cookies, and the token that every later send carries."""

    token: str
    cookies: dict[str, str]


def open_form(door: Door) -> Form:
    """The first page of a report. Raises DoorFailed when it is not one."""
    answer = door.get("/report")
    found = _TOKEN.search(answer.body)
    if answer.status != 200 or found is None:
        raise DoorFailed(f"The report form answered {answer.status}.")
    return Form(found.group(1).decode(), answer.cookies)


def last_step(form: Form, *, key: str, place: str, kind: str, text: str, phone: str) -> dict[str, str]:
    """The fields of the form's last step, whose POST makes the case."""
    return {
        "csrfmiddlewaretoken": form.token, "step": "contact", "go": "send", "key": key, "place": place, "kind": kind,
        "kind_of_request": "complaint", "text": text, "phone": phone, "name": "",
    }  # fmt: skip
