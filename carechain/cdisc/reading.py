"""A dataset of a clinical trial, of whichever format it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from carechain.cdisc.odm import OdmFile
from carechain.cdisc.pieces import DatasetFile
from carechain.cdisc.rows import loose_row
from carechain.errors import CarechainError

_PIECE = 1024
_BLANK_OR_MARK = b" \t\r\n\xef\xbb\xbf"


def open_dataset(path: Path) -> DatasetFile | OdmFile:
    """Opens a dataset: Dataset-JSON 1.1 or 1.0, Dataset-NDJSON 1.1, or ODM XML 1.3 or 2.0, told apart by their content.

    Raises CarechainError when it cannot be read, or is none of them.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096).lstrip(_BLANK_OR_MARK)
    except OSError as error:
        raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
    if start.startswith(b"<"):
        return OdmFile.open(path)
    if not start:
        raise CarechainError(path.name, "is empty", "give a dataset of CDISC")
    if not start.startswith(b"{"):
        raise CarechainError(
            path.name, "is neither Dataset-JSON, nor NDJSON, nor ODM XML", "save it as UTF-8 in one of these formats"
        )
    return DatasetFile.open(path)


def records(path: Path) -> Iterator[Any]:
    """The records of a dataset in their order, as `carechain.trials.record_proof.verify_record` takes them: lists of
    values, or objects of ODM. Nothing is checked but that they can be read. Raises CarechainError where they cannot."""
    with open_dataset(path) as dataset:
        if isinstance(dataset, OdmFile):
            yield from dataset.records()
            return
        for piece in dataset.pieces(_PIECE, _PIECE):
            for number, text in enumerate(piece.rows(), piece.first):
                yield loose_row(text, dataset.name, number)


def record(path: Path, number: int) -> Any:
    """One record of a dataset, from 1. Raises CarechainError when there is none, or it cannot be read."""
    if number > 0:
        for found in islice(records(path), number - 1, number):
            return found
    raise CarechainError(path.name, f"has no record {number:,}", "give a number from 1 to that of the records")
