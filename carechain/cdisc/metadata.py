"""The metadata of a Dataset-JSON file: which version it is of, how many records it announces, and its columns.

CDISC Dataset-JSON 1.1, "Top-level Metadata Attributes" and "Column Metadata"; of version 1.0, where one item group
holds the same under other names. Names outside the standard are extensions, and are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from carechain.cdisc.values import DATA_TYPES, MOST_INTEGER
from carechain.errors import CarechainError

JSON_1_0, JSON_1_1, NDJSON_1_1 = "Dataset-JSON 1.0", "Dataset-JSON 1.1", "Dataset-NDJSON 1.1"
FORMAT = "format"
"""The key of a description that says what it describes."""

_VERSION = re.compile(r"1\.1(\.(0|[1-9]\d*))?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?", re.ASCII)
_TARGETS = ("integer", "decimal")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}", re.ASCII)
_PARTS = ("clinicalData", "referenceData")
_MEND = "see Dataset-JSON 1.1, or ask who made the file for another"


@dataclass(frozen=True)
class Column:
    """A variable: its name, its logical data type, and the most characters of a text, or None."""

    name: str
    data_type: str
    length: int | None = None


@dataclass(frozen=True)
class Layout:
    """What the rows must fit: the columns in their order, and the number of records that is announced."""

    columns: tuple[Column, ...]
    records: int

    def field(self, position: int) -> str:
        """How a message names the column at this position, from 0."""
        name = self.columns[position].name
        return name if _PLAIN_NAME.fullmatch(name) else f"column {position + 1}"


def is_rows(keys: tuple[str | None, ...]) -> bool:
    """Whether the value that these keys lead to is the rows of a dataset, of version 1.1 or 1.0."""
    if keys == ("rows",):
        return True
    return len(keys) == 4 and keys[0] in _PARTS and keys[1] == "itemGroupData" and keys[3] == "itemData"


def layout_of(metadata: Mapping[str, Any], name: str) -> tuple[str, Layout]:
    """The version of metadata, JSON_1_0 or JSON_1_1, and the layout that it gives.

    `name` is the file's. Raises CarechainError with the attribute when one is missing or not of its type, when two
    columns have one name or one place in the key, and when there is no column.
    """
    if FORMAT in metadata:
        raise CarechainError(f"{name}: {FORMAT}", "is a name that a description needs itself", "rename the extension")
    if any(part in metadata for part in _PARTS):
        if metadata.get("datasetJSONVersion") is not None:
            _wanted(metadata, "datasetJSONVersion", _is_old_version, "is not version 1.0 of Dataset-JSON", name)
        return JSON_1_0, _layout_1_0(metadata, name)
    _wanted(metadata, "datasetJSONVersion", _is_version, "is not version 1.1 of Dataset-JSON", name)
    _wanted(metadata, "datasetJSONCreationDateTime", _is_moment, "is not a date and time", name)
    for attribute in ("itemGroupOID", "name"):
        _wanted(metadata, attribute, _is_name, "is not a text", name)
    _wanted(metadata, "label", _is_text, "is not a text", name)
    return JSON_1_1, _layout(metadata, "columns", ("itemOID", "name", "label", "dataType"), name)


def dataset_of(metadata: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The item group of a file of version 1.0. Raises CarechainError unless there is exactly one."""
    groups = []
    for part in _PARTS:
        data = metadata.get(part)
        found = data.get("itemGroupData") if isinstance(data, dict) else None
        groups += list(found.values()) if isinstance(found, dict) else []
    if len(groups) != 1 or not isinstance(groups[0], dict):
        raise CarechainError(name, "does not hold exactly one dataset", "give each dataset a file of its own")
    return groups[0]


def column_names(description: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The names of the columns that a description gives, in their order; None when its records are no rows (ODM).

    Raises CarechainError when it is not one that this package makes.
    """
    kind = description.get(FORMAT)
    if isinstance(kind, str) and kind.startswith("ODM "):
        return None
    if kind not in (JSON_1_0, JSON_1_1, NDJSON_1_1):
        raise CarechainError("The description", "is of a format that is not known", "take a newer version of this")
    metadata = {key: value for key, value in description.items() if key != FORMAT}
    return tuple(column.name for column in layout_of(metadata, "The description")[1].columns)


def _layout_1_0(metadata: Mapping[str, Any], name: str) -> Layout:
    group = dataset_of(metadata, name)
    return _layout(group, "items", ("OID", "name", "name", "type"), name)  # a label may be null there


def _layout(group: Mapping[str, Any], list_name: str, required: tuple[str, ...], name: str) -> Layout:
    _wanted(group, "records", _is_count, "is not a number of records", name)
    listed = group.get(list_name)
    if not isinstance(listed, list) or not listed:
        raise CarechainError(f"{name}: {list_name}", "is missing or is no list of columns", _MEND)
    oid, own_name, label, data_type = required
    columns: dict[str, Column] = {}
    keys: dict[int, int] = {}
    for position, each in enumerate(listed):
        place = f"{name}: {list_name}[{position}]"
        if not isinstance(each, dict):
            raise CarechainError(place, "is no object", _MEND)
        for attribute, fits, problem in (
            (oid, _is_name, "is not a text"),
            (own_name, _is_name, "is not a text"),
            (label, _is_text, "is not a text"),
            (data_type, DATA_TYPES.__contains__, "is not a data type of Dataset-JSON"),
        ):
            _wanted(each, attribute, fits, problem, place, ".")
        for attribute, fits, problem in (
            ("length", _is_positive, "is not a number from 1"),
            ("keySequence", _is_positive, "is not a number from 1"),
            ("targetDataType", _TARGETS.__contains__, "is neither integer nor decimal"),
        ):
            if each.get(attribute) is not None:
                _wanted(each, attribute, fits, problem, place, ".")
        if each[own_name] in columns:
            raise CarechainError(f"{place}.{own_name}", "is the name of an earlier column", "give each its own")
        key = each.get("keySequence")
        if key is not None and keys.setdefault(key, position) != position:
            raise CarechainError(f"{place}.keySequence", "is that of an earlier column", "give each its own")
        columns[each[own_name]] = Column(each[own_name], each[data_type], each.get("length"))
    return Layout(tuple(columns.values()), group["records"])


def _wanted(
    holder: Mapping[str, Any], attribute: str, fits: Callable[[Any], bool], problem: str, name: str, joint: str = ": "
) -> None:
    value = holder.get(attribute)
    if value is None:
        raise CarechainError(f"{name}{joint}{attribute}", "is missing", _MEND)
    if isinstance(value, list | dict) or not fits(value):
        raise CarechainError(f"{name}{joint}{attribute}", problem, _MEND)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_version(value: Any) -> bool:
    return isinstance(value, str) and _VERSION.fullmatch(value) is not None


def _is_old_version(value: Any) -> bool:
    return isinstance(value, str) and (value == "1.0" or value.startswith("1.0."))


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_INTEGER


def _is_positive(value: Any) -> bool:
    return _is_count(value) and value > 0
