"""Records of ODM: one for each ItemGroupData, with all that it stands in."""

import json
from hashlib import sha256

import pytest
import rfc8785

from carechain.cdisc import odm
from carechain.cdisc.odm import OdmFile, canonical_record
from carechain.cdisc.reading import open_dataset, record
from tests.unit.cdisc.cdisc_documents import ODM, ODM_TYPED


def read(path, text):
    path.write_bytes(text.encode())
    with open_dataset(path) as document:
        found = list(document.records())
        assert document.source_hash == sha256(text.encode()).digest()
        return found, document.description


@pytest.fixture
def path(tmp_path):
    return tmp_path / "odm.xml"


def test_a_record_has_its_keys_its_items_and_what_stands_beside_them(path):
    found, _ = read(path, ODM)
    assert found[0] == {
        "StudyOID": "S.1",
        "MetaDataVersionOID": "MDV.1",
        "SubjectKey": "001",
        "StudyEventOID": "SE.1",
        "StudyEventRepeatKey": "1",
        "FormOID": "F.VS",
        "FormRepeatKey": "1",
        "ItemGroupOID": "IG.VS",
        "ItemGroupRepeatKey": "1",
        "TransactionType": "Insert",
        "AuditRecord": {
            "EditPoint": "Monitoring",
            "UserOID": "U.1",
            "LocationOID": "L.1",
            "DateTimeStamp": "2024-05-01T09:00:00",
            "ReasonForChange": "typing error",
        },
        "Items": {"I.SYS": "120", "I.DIA": None},
        "ItemDetails": {"I.SYS": {"MeasurementUnitOID": "MU.1"}, "I.DIA": {"IsNull": "Yes"}},
        "Context": {"SubjectData": {"TransactionType": "Insert", "LocationOID": "L.1"}},
    }


def test_the_records_are_in_the_order_of_the_file(path):
    found, _ = read(path, ODM)
    assert [(each["SubjectKey"], each.get("ItemGroupRepeatKey")) for each in found] == [
        ("001", "1"),
        ("001", "2"),
        ("002", None),
    ]


def test_a_signature_is_in_the_record_that_it_signs(path):
    assert read(path, ODM)[0][1]["Signature"] == {
        "ID": "SIG.1",
        "UserOID": "U.2",
        "LocationOID": "L.1",
        "SignatureOID": "SD.1",
        "DateTimeStamp": "2024-05-02T09:00:00",
    }


def test_values_are_the_texts_that_xml_says(path):
    found, _ = read(path, ODM)
    assert found[1]["Items"] == {"I.SYS": "118", "I.DIA": "Ä < \U0001f4cf"}
    assert found[2]["Items"] == {"I.SYS": ""}
    assert "Context" not in found[2]


def test_typed_items_have_their_texts_and_the_audit_records_they_refer_to(path):
    (found,), _ = read(path, ODM_TYPED)
    assert found["Items"] == {"I.TEST": "Pulse", "I.PULSE": "62", "I.DAY": "2024-05", "I.FINE": "true"}
    audit = {"ID": "AR.1", "UserOID": "U.1", "LocationOID": "L.1", "DateTimeStamp": "2024-05-01T09:00:00"}
    assert found["ItemDetails"] == {"I.PULSE": {"AuditRecordID": "AR.1", "AuditRecord": audit}}


def test_the_description_has_the_documents_attributes_and_a_hash_of_each_other_part(path):
    _, description = read(path, ODM)
    study = {
        "OID": "S.1",
        "GlobalVariables": {
            "StudyName": "Invented",
            "StudyDescription": "Invented",
            "ProtocolName": "P-1",
        },
    }
    assert description == {
        "ODMVersion": "1.3.2",
        "FileType": "Transactional",
        "FileOID": "F.1",
        "CreationDateTime": "2024-06-01T00:00:00",
        "OtherParts": [{"element": "Study", "sha256": sha256(rfc8785.dumps(study)).hexdigest()}],
        "format": "ODM 1.3.2",
    }


def test_reference_data_has_records_without_a_subject(path):
    text = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileOID="F">
      <ReferenceData StudyOID="S" MetaDataVersionOID="M"><ItemGroupData ItemGroupOID="IG">
        <ItemData ItemOID="I" Value="1"/></ItemGroupData></ReferenceData></ODM>"""
    assert read(path, text)[0] == [
        {"StudyOID": "S", "MetaDataVersionOID": "M", "ItemGroupOID": "IG", "Items": {"I": "1"}}
    ]


def test_odm_2_0_has_groups_within_groups_and_values_as_elements(path):
    text = """<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" ODMVersion="2.0" FileOID="F">
      <ClinicalData StudyOID="S" MetaDataVersionOID="M"><SubjectData SubjectKey="1"><StudyEventData StudyEventOID="E">
        <ItemGroupData ItemGroupOID="OUTER" ItemGroupRepeatKey="1"><ItemData ItemOID="A"><Value>1</Value></ItemData>
          <ItemGroupData ItemGroupOID="INNER"><ItemData ItemOID="B"><Value>x</Value><Value>y</Value></ItemData>
            <ItemData ItemOID="C" IsNull="Yes"/></ItemGroupData>
        </ItemGroupData></StudyEventData></SubjectData></ClinicalData></ODM>"""
    found, description = read(path, text)
    assert description["format"] == "ODM 2.0"
    inner, outer = found
    assert inner["Items"] == {"B": ["x", "y"], "C": None}
    assert inner["OuterGroups"] == [{"ItemGroupOID": "OUTER", "ItemGroupRepeatKey": "1"}]
    assert (outer["ItemGroupOID"], outer["Items"]) == ("OUTER", {"A": "1"})


def test_what_others_add_is_of_the_record_under_its_full_name(path):
    text = ODM.replace(
        '<ItemData ItemOID="I.SYS" Value="118"/>',
        '<ItemData ItemOID="I.SYS" Value="118" v:state="locked" xmlns:v="urn:vendor"><v:Note>seen</v:Note></ItemData>',
    )
    assert read(path, text)[0][1]["ItemDetails"] == {
        "I.SYS": {"{urn:vendor}state": "locked", "{urn:vendor}Note": "seen"}
    }


def test_a_record_in_canonical_form_is_what_the_library_for_the_rfc_writes(path):
    for text in (ODM, ODM_TYPED):
        for each in read(path, text)[0]:
            assert canonical_record(each) == rfc8785.dumps(each)
    odd = {"Items": {"\uffee": "1", "\U0001f4cf": None, "a\u007f": '"\\\n'}}
    assert canonical_record(odd) == rfc8785.dumps(odd)


def test_one_record_is_found_by_its_number(path):
    path.write_text(ODM)
    assert record(path, 3)["SubjectKey"] == "002"


def test_nothing_of_a_long_file_is_kept(path):
    import tracemalloc

    group = '<ItemGroupData ItemGroupOID="IG.VS"><ItemData ItemOID="I.SYS" Value="{}"/></ItemGroupData>'
    start, rest = ODM.split('<ItemGroupData ItemGroupOID="IG.VS"><', 1)
    many = "".join(group.format(n) for n in range(20_000))
    path.write_text(f'{start}{many}<ItemGroupData ItemGroupOID="IG.VS"><{rest}')
    tracemalloc.start()
    with OdmFile.open(path) as document:
        assert sum(1 for _ in document.records()) == 20_003
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * odm._READ


def test_a_record_is_plain_json(path):
    for each in read(path, ODM)[0]:
        assert json.loads(canonical_record(each)) == each
