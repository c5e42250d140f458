"""What is found out about a report that somebody has."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from flask_openapi3.models import RawModel
from pydantic import Field

from gateway.api.models.links import LinkQuery
from gateway.api.models.shape import Answer, Query, Timestamp

Result = Literal[
    "genuine", "development", "foreign", "extended", "changed", "not_signed", "not_pdf", "unreadable"
]  # fmt: skip


class PdfBody(RawModel):
    """A file as it is."""

    mimetypes = ["application/pdf"]  # noqa: RUF012 — the library's own form


class ReportVerdict(Answer):
    """All but `sha256` and `sizeBytes` is said by the file itself. It is known to be true where the key is this
    platform's (`signer` is `platform` or `development`) and the signature holds."""

    result: Result = Field(
        description="`genuine`: exactly what this platform signed. `development`: the same, with a key made for trying"
        " things out. `foreign`: a signature that holds, of a key that is not this platform's. `extended`: this"
        " platform's signature holds, and something was added behind what it covers. `changed`: the signature does not"
        " hold. `unreadable`: a PDF that could not be understood within limits."
    )
    signer: Literal["platform", "development", "foreign"] | None = Field(
        description="Whose key it is; null without a signature that can be read."
    )
    signed_by: str | None = Field(description="Whom the certificate names.")
    organization: str | None
    signed_at: Timestamp | None = Field(description="By the signer's own clock.")
    covers_whole_file: bool = Field(description="Whether the signature holds, and covers every byte.")
    certificate_sha256: str | None = Field(description="Fingerprint of the certificate, hexadecimal.")
    certificate_valid_from: Timestamp | None
    certificate_valid_to: Timestamp | None
    sha256: str = Field(description="Of the file, hexadecimal.")
    size_bytes: int


class ReportFilePath(Query):
    report_id: UUID


class ReportLinkQuery(LinkQuery):
    file: str = Field(max_length=100, pattern=r"^[0-9a-z][0-9a-z-]*(\.[0-9a-z]+)*$")
    name: str = Field(max_length=100, pattern=r"^[0-9A-Za-z._-]+$")
