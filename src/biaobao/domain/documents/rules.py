"""Who must have signed a document."""

from __future__ import annotations

import dataclasses

import orjson

from biaobao.domain.documents.types import Finding, Kind, Verdict

SIGNERS = {
    Kind.LETTER: "guarantor",
    Kind.RECEIPT: "guarantor",
    Kind.AGREEMENT: "applicant",
    Kind.DEMAND: "beneficiary",
}


def as_named(verdict: Verdict) -> Verdict:
    """Return the verdict, or OTHER_SIGNER for a genuine signature of whom the document does not name.

    Any company with a certificate can sign a letter that names a guarantor.
    """
    if verdict.finding is not Finding.GENUINE or verdict.signature is None:
        return verdict
    if verdict.signature.signer.uscc == _signer_named_in(verdict.data):
        return verdict
    return dataclasses.replace(verdict, finding=Finding.OTHER_SIGNER)


def _signer_named_in(data: bytes) -> str:
    try:
        read = orjson.loads(data)
        return str(read["facts"][SIGNERS[Kind(read["kind"])]]["uscc"])
    except (ValueError, KeyError, TypeError):
        return ""
