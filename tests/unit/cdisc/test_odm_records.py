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
            "UserRef": {"UserOID": "U.1"},
            "LocationRef": {"LocationOID": "L.1"},
            "DateTimeStamp": {"#text": "2024-05-01T09:00:00"},
            "ReasonForChange": {"#text": "typing error"},
        },
        "Items": {"I.SYS": "120", "I.DIA": None},
        "ItemDetails": {
            "I.SYS": {"MeasurementUnitRef": {"MeasurementUnitOID": "MU.1"}},
            "I.DIA": {"IsNull": "Yes"},
        },
        "Context": {"SubjectData": {"TransactionType": "Insert", "SiteRef": {"LocationOID": "L.1"}}},
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
        "UserRef": {"UserOID": "U.2"},
        "LocationRef": {"LocationOID": "L.1"},
        "SignatureRef": {"SignatureOID": "SD.1"},
        "DateTimeStamp": {"#text": "2024-05-02T09:00:00"},
    }


def test_values_are_the_texts_that_xml_says(path):
    found, _ = read(path, ODM)
    assert found[1]["Items"] == {"I.SYS": "118", "I.DIA": "Ä < \U0001f4cf"}
    assert found[2]["Items"] == {"I.SYS": ""}
    assert "Context" not in found[2]


def test_typed_items_have_their_texts_their_types_and_the_audit_records_they_refer_to(path):
    (found,), _ = read(path, ODM_TYPED)
    assert found["Items"] == {"I.TEST": "Pulse", "I.PULSE": "62", "I.DAY": "2024-05", "I.FINE": "true"}
    audit = {
        "ID": "AR.1",
        "UserRef": {"UserOID": "U.1"},
        "LocationRef": {"LocationOID": "L.1"},
        "DateTimeStamp": {"#text": "2024-05-01T09:00:00"},
    }
    assert "Context" not in found
    assert found["ItemDetails"] == {
        "I.TEST": {"#type": "String"},
        "I.PULSE": {"#type": "Integer", "AuditRecordID": "AR.1", "AuditRecord": audit},
        "I.DAY": {"#type": "PartialDate"},
        "I.FINE": {"#type": "Boolean"},
    }


def test_the_description_has_the_documents_attributes_and_a_hash_of_each_other_part(path):
    _, description = read(path, ODM)
    study = {
        "OID": "S.1",
        "GlobalVariables": {
            "StudyName": {"#text": "Invented"},
            "StudyDescription": {"#text": "Invented"},
            "ProtocolName": {"#text": "P-1"},
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
        "I.SYS": {"{urn:vendor}state": "locked", "{urn:vendor}Note": {"#text": "seen"}}
    }


def test_a_record_in_canonical_form_is_what_the_library_for_the_rfc_writes(path):
    for text in (ODM, ODM_TYPED):
        for each in read(path, text)[0]:
            assert canonical_record(each) == rfc8785.dumps(each)
    odd = {"Items": {"\uffee": "1", "\U0001f4cf": None, "a\u007f": '"\\\n'}}
    assert canonical_record(odd) == rfc8785.dumps(odd)


LEVEL_KEYS = {"StudyOID": "S.1", "MetaDataVersionOID": "MDV.1"}


@pytest.mark.parametrize(
    ("level", "own"),
    [
        (
            "<SubjectData SubjectKey='003' TransactionType='Remove'/>",
            {"SubjectKey": "003", "Context": {"SubjectData": {"TransactionType": "Remove"}}},
        ),
        (
            "<SubjectData SubjectKey='003'><SiteRef LocationOID='L.2'/></SubjectData>",
            {"SubjectKey": "003", "Context": {"SubjectData": {"SiteRef": {"LocationOID": "L.2"}}}},
        ),
        (
            "<SubjectData SubjectKey='003'>"
            "<StudyEventData StudyEventOID='SE.1' TransactionType='Remove'/></SubjectData>",
            {
                "SubjectKey": "003",
                "StudyEventOID": "SE.1",
                "Context": {"StudyEventData": {"TransactionType": "Remove"}},
            },
        ),
        ("<SubjectData SubjectKey='003'/>", {"SubjectKey": "003"}),
    ],
)
def test_a_level_without_item_groups_is_a_record_without_items(path, level, own):
    before, _ = read(path, ODM)
    after, _ = read(path, ODM.replace("</ClinicalData>", f"{level}</ClinicalData>"))
    assert after == [*before, {**LEVEL_KEYS, "Items": {}, **own}]


def test_a_form_without_item_groups_is_a_record_where_it_stands(path):
    form = "<FormData FormOID='F.AE' TransactionType='Remove'/>"
    found, _ = read(path, ODM.replace("</FormData>", f"</FormData>{form}", 1))
    assert [each.get("FormOID") for each in found] == ["F.VS", "F.VS", "F.AE", "F.VS"]
    assert found[2]["Context"]["FormData"] == {"TransactionType": "Remove"}
    assert found[2]["Context"]["SubjectData"] == found[0]["Context"]["SubjectData"]


def test_clinical_data_without_subjects_is_a_record(path):
    text = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileOID="F">
      <ClinicalData StudyOID="S" MetaDataVersionOID="M"/></ODM>"""
    assert read(path, text)[0] == [{"StudyOID": "S", "MetaDataVersionOID": "M", "Items": {}}]


ITEM = '<ItemData ItemOID="I.SYS" Value="118"/>'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<ItemDataInteger ItemOID="I">1</ItemDataInteger>', '<ItemDataString ItemOID="I">1</ItemDataString>'),
        ('<ItemData ItemOID="I" Value="1"/>', '<ItemDataAny ItemOID="I">1</ItemDataAny>'),
        (
            '<ItemData ItemOID="I" Value="1"><AuditRecord><UserRef UserOID="u"/></AuditRecord></ItemData>',
            '<ItemData ItemOID="I" Value="1"><AuditRecord UserOID="u"/></ItemData>',
        ),
        (
            '<ItemData ItemOID="I" Value="1"><MeasurementUnitRef MeasurementUnitOID="u"/></ItemData>',
            '<ItemData ItemOID="I" Value="1" MeasurementUnitOID="u"/>',
        ),
        (
            '<ItemData ItemOID="I" Value="1" x="1"><x>2</x></ItemData>',
            '<ItemData ItemOID="I" Value="1" x="1"><x>3</x></ItemData>',
        ),
        ("<x a='1'/>", "<x><a>1</a></x>"),
        ("<x><a>1</a></x>", "<x><a><a>1</a></a></x>"),
        ("<x/>", ""),
    ],
)
def test_what_is_written_as_another_element_or_attribute_is_another_record(path, one, other):
    assert read(path, ODM.replace(ITEM, one))[0] != read(path, ODM.replace(ITEM, other))[0]


def test_what_stands_at_a_value_of_odm_2_0_is_in_the_details(path):
    text = """<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" ODMVersion="2.0" FileOID="F">
      <ReferenceData StudyOID="S" MetaDataVersionOID="M"><ItemGroupData ItemGroupOID="G">
        <ItemData ItemOID="A"><Value>1</Value><Value SeqNum="2">3</Value></ItemData>
      </ItemGroupData></ReferenceData></ODM>"""
    (found,), _ = read(path, text)
    assert found["Items"] == {"A": ["1", "3"]}
    assert found["ItemDetails"] == {"A": {"Value": [{"#text": "1"}, {"SeqNum": "2", "#text": "3"}]}}


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
