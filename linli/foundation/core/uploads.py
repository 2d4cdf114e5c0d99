"""Upload limits that hold while a body is being received: a file beyond them is dropped, what was typed is kept.

The rest of the body is still read and thrown away, because a browser shows an answer only after it has sent
everything, and because fields may come after the file. A body far beyond the limit is refused unread.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from linli.foundation.core.requests import hang


class LimitedUploadHandler(FileUploadHandler):
    """Drops the files of a request that together pass the body limit; the view then says which limit it was."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0
        self.too_long = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.LINLI_MAX_DRAINED:
            raise RequestDataTooBig("The body is far beyond the limit.")
        self.too_long = content_length > settings.LINLI_MAX_BODY

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.too_long:
            self._drop()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > settings.LINLI_MAX_BODY:
            self._drop()
        return raw_data

    def _drop(self) -> None:
        if self.request is not None:
            hang(self.request, linli_too_large=True)
        raise SkipFile

    def file_complete(self, file_size: int) -> None:
        return None
