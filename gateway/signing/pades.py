"""The signature itself: PAdES B-B by pyHanko, with a key that is handed digests. Imported when something is signed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from gateway.signing.keys import Certified, SigningFailed

FIELD = "PlatformSignature"
_LONGEST_SIGNATURE = 72
"""Bytes of the DER of two numbers of 256 bits, at most."""
_INVISIBLE = fields.SigFieldSpec(
    FIELD,
    box=None,
    readable_field_name="Signature of the platform",
    # PDF/A wants every annotation printable and none hidden; PDF/UA wants it in the structure tree unless it lies
    # outside the page.
    invis_sig_settings=fields.InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True),
)


def sign_pdf(pdf: bytes, certified: Certified, at: datetime) -> bytes:
    """`pdf` with a signature over all of it, as one update behind its end. Raises SigningUnavailable, SigningFailed."""
    try:
        writer = _AsItIs(BytesIO(pdf))
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            # Readers then say by themselves when something was added behind it.
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        signing = _OfItsVersion(metadata, _Delegating(certified), new_field_spec=_INVISIBLE)
        return asyncio.run(_signed(signing, writer, at))
    except (PdfError, ValueError) as error:
        raise SigningFailed(f"this PDF cannot be signed: {error}") from error


class _AsItIs(IncrementalPdfFileWriter):
    """Adds the signature and nothing else. The library would write the metadata anew, by its own name and in a form
    that the archive's rules for schemas may not allow; what the file says of itself is its maker's to say."""

    def _update_meta(self) -> None:
        return


class _OfItsVersion(signers.PdfSigner):
    """For an elliptic curve the library would raise the file to PDF 2.0 by an extension of that; archives (PDF/A-2)
    want 1.7, and readers have read such signatures in it for long."""

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:
        return


async def _signed(signing: signers.PdfSigner, writer: IncrementalPdfFileWriter, at: datetime) -> bytes:
    """What `PdfSigner.async_sign_pdf` does, at a time that is given."""
    session = signing.init_signing_session(writer)
    session.system_time = at
    reserved = await session.estimate_signature_container_size(None, tight=False)
    document = session.prepare_tbs_document(validation_info=None, bytes_reserved=reserved)
    output = BytesIO()
    prepared, _ = document.digest_tbs_document(output=output)
    done = await document.perform_signature(
        document_digest=prepared.document_digest, pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=at)
    )
    await done.post_signature_processing(output)
    return output.getvalue()


def _store_of(certificates: Sequence[x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(certificates)
    return store


class _Delegating(signers.Signer):
    """pyHanko's signer on a key that is handed digests."""

    def __init__(self, certified: Certified) -> None:
        own, *above = (x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in certified.certificates)
        super().__init__(
            signing_cert=own,
            cert_registry=_store_of(above),
            signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        )
        self._certified = certified

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(_LONGEST_SIGNATURE)
        if digest_algorithm != "sha256":
            raise ValueError(f"{digest_algorithm} is not what was asked for")
        return self._certified.sign(hashlib.sha256(data).digest())
