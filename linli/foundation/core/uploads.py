"""Upload limits that hold while a body is being received: a refused file is never read to its end."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from linli.foundation.core.requests import hang


class LimitedUploadHandler(FileUploadHandler):
    """Stops a request whose files together pass the body limit; the view then says which limit it was."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.LINLI_MAX_BODY:
            self._refuse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > settings.LINLI_MAX_BODY:
            self._refuse()
        return raw_data

    def _refuse(self) -> None:
        if self.request is not None:
            hang(self.request, linli_too_large=True)
        raise StopUpload(connection_reset=False)

    def file_complete(self, file_size: int) -> None:
        return None
