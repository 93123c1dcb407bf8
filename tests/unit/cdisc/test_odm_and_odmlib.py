"""Another reader of ODM, odmlib, finds the same records in the same documents, and its schemas find them valid."""

import pytest
from odmlib.loader import ODMLoader
from odmlib.odm_loader import XMLODMLoader
from odmlib.odm_parser import ODMSchemaValidator

from carechain.cdisc.reading import records
from tests.unit.cdisc.cdisc_documents import ODM, ODM_TYPED

KEYS = ("StudyOID", "MetaDataVersionOID", "SubjectKey", "StudyEventOID", "StudyEventRepeatKey", "FormOID")
KEYS = (*KEYS, "FormRepeatKey", "ItemGroupOID", "ItemGroupRepeatKey", "TransactionType")


def by_odmlib(path):
    """The records that odmlib finds: their keys and items, and who changed what, when and why."""
    loader = ODMLoader(XMLODMLoader(model_package="odm_1_3_2"))
    loader.open_odm_document(str(path))
    found = []
    for data in loader.root().ClinicalData:
        for subject in data.SubjectData:
            for event in subject.StudyEventData:
                for form in event.FormData:
                    for group in form.ItemGroupData:
                        attributes = [vars(level) for level in (data, subject, event, form, group)]
                        found.append(keys(attributes) | items(group) | audit(group))
    return found


def keys(levels):
    found = {key: level[key] for key in KEYS for level in levels[:-1] if key in level and key != "TransactionType"}
    return found | {key: levels[-1][key] for key in KEYS if key in levels[-1]}


def items(group):
    return {"Items": {each.ItemOID: None if "IsNull" in vars(each) else each.Value for each in group.ItemData}}


def audit(group):
    found = group.AuditRecord
    if "UserRef" not in vars(found or group):
        return {}
    said = {
        "UserOID": found.UserRef.UserOID,
        "LocationOID": found.LocationRef.LocationOID,
        "DateTimeStamp": found.DateTimeStamp._content,
        "ReasonForChange": found.ReasonForChange._content,
        "EditPoint": found.EditPoint,
    }
    return {"AuditRecord": said}


def audit_of(record):
    """The same of one of our records."""
    if "AuditRecord" not in record:
        return {}
    found = record["AuditRecord"]
    said = {
        "UserOID": found["UserRef"]["UserOID"],
        "LocationOID": found["LocationRef"]["LocationOID"],
        "DateTimeStamp": found["DateTimeStamp"]["#text"],
        "ReasonForChange": found["ReasonForChange"]["#text"],
        "EditPoint": found["EditPoint"],
    }
    return {"AuditRecord": said}


@pytest.mark.parametrize("text", [ODM, ODM_TYPED], ids=["untyped", "typed"])
def test_the_documents_are_valid_by_the_schema(tmp_path, text):
    path = tmp_path / "odm.xml"
    path.write_text(text)
    ODMSchemaValidator(standard="odm", version="1.3.2").validate_file(str(path))


def test_odmlib_finds_the_same_records(tmp_path):
    path = tmp_path / "odm.xml"
    path.write_text(ODM)
    theirs = by_odmlib(path)
    ours = [
        {key: record[key] for key in (*KEYS, "Items") if key in record} | audit_of(record) for record in records(path)
    ]
    assert ours == theirs
