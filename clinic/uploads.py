"""How files come in: into memory alone, and no more of each than any form of ours takes."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_FILE = 10_000_000  # bytes


class CappedUploadHandler(FileUploadHandler):
    """A file beyond the limit arrives empty but with its true size, so that its form can say so at the field.

    Nothing is spooled to disk, where a copy with its place and camera would outlive a crash.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept, self.too_large = BytesIO(), False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > LARGEST_FILE:
            self.kept, self.too_large = BytesIO(), True
        if not self.too_large:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept,
            self.field_name,
            self.file_name or "",
            self.content_type or "",
            file_size,
            self.charset,
            self.content_type_extra,
        )
