"""ODM that is not read, and why: with the record and the item, and without a value."""

import pytest

from carechain.cdisc.reading import open_dataset
from carechain.errors import CarechainError
from tests.unit.cdisc.cdisc_documents import FOLDER, ODM, ODM_TYPED, real

SYS = '<ItemData ItemOID="I.SYS" Value="118"/>'
PULSE = '<ItemDataInteger ItemOID="I.PULSE" AuditRecordID="AR.1">62</ItemDataInteger>'


def refused(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(CarechainError) as found, open_dataset(path) as document:
        list(document.records())
    assert found.value.mend
    return found.value.place.removeprefix("odm.xml"), found.value.problem


@pytest.fixture
def path(tmp_path):
    return tmp_path / "odm.xml"


def changed(old, new, text=ODM):
    assert old in text
    return text.replace(old, new, 1)


CASES = [
    (changed('ItemOID="I.SYS" Value="118"', 'Value="118"'), ": record 2, ItemData", "has no ItemOID"),
    (changed(SYS, SYS + SYS), ": record 2, I.SYS", "is there twice in one group"),
    (changed('IsNull="Yes"', 'IsNull="Yes" Value="80"'), ": record 1, I.DIA", "has a value, and says that it has none"),
    (changed('SubjectKey="002"', ""), ": record 3, SubjectKey", "is missing"),
    (changed('StudyOID="S.1" ', ""), ": record 1, StudyOID", "is missing"),
    (changed('<FormData FormOID="F.VS">', "<FormData>"), ": record 3, FormOID", "is missing"),
    (changed('<ItemGroupData ItemGroupOID="IG.VS"><', "<ItemGroupData><"), ": record 3, ItemGroupOID", "is missing"),
    (changed(SYS, f"{SYS}118"), ": record 2", "has text where the standard has none"),
    (changed(SYS, SYS.replace("/>", ">118</ItemData>")), ": record 2, I.SYS", "has text where the standard has none"),
    (
        changed('<FormData FormOID="F.VS">', "<FormData FormOID='F.VS'><FormData FormOID='X'/>"),
        ": record 3",
        "has FormData where the standard has none",
    ),
    (
        changed("</FormData>", '</FormData><Annotation SeqNum="1"/>'),
        ": record 3",
        "has Annotation behind data of the same level",
    ),
    (changed("<SubjectData", "died<SubjectData"), ": record 1", "has text where the standard has none"),
    (changed("</SubjectData>", "</SubjectData>died"), ": record 3", "has text where the standard has none"),
    (changed("</ItemGroupData>", "</ItemGroupData>died"), ": record 2", "has text where the standard has none"),
    (changed("<SiteRef", "died<SiteRef"), ": record 1", "has text where the standard has none"),
    (changed("</AuditRecord>", "</AuditRecord>died"), ": record 1", "has text where the standard has none"),
    (changed("</ClinicalData>", "</ClinicalData>died"), ": record 4", "has text where the standard has none"),
    (changed("<Study ", "died<Study "), "", "has text where the standard has none"),
    (
        changed("</ClinicalData>", '<SubjectData SubjectKey="9">died</SubjectData></ClinicalData>'),
        ": record 4",
        "has text where the standard has none",
    ),
    (
        changed(SYS, SYS.replace("/>", "><Flag/>118</ItemData>")),
        ": record 2, I.SYS",
        "has text where the standard has none",
    ),
    (
        changed(SYS, SYS.replace("/>", "><Value>118</Value></ItemData>")),
        ": record 2, I.SYS",
        "has its value where the standard has none",
    ),
    (
        changed(PULSE, PULSE.replace(">62", ' Value="62">'), ODM_TYPED),
        ": record 1, I.PULSE",
        "has its value where the standard has none",
    ),
    (
        changed("</ClinicalData>", "<SubjectData/></ClinicalData>"),
        ": record 4, SubjectKey",
        "is missing",
    ),
    (
        changed('<ItemGroupData ItemGroupOID="IG.VS"><', '<ItemGroupData ItemGroupOID="IG.VS" FormRepeatKey="1"><'),
        ": record 3",
        "has a key of another level, or a name that a record needs itself",
    ),
    (
        changed('ItemGroupRepeatKey="2"', 'SubjectKey="009"'),
        ": record 2",
        "has a key of another level, or a name that a record needs itself",
    ),
    (
        changed('ItemGroupRepeatKey="2"', 'Items="1"'),
        ": record 2",
        "has a key of another level, or a name that a record needs itself",
    ),
    (changed("</ODM>", "<Association/></ODM>"), "", "has associations, which are not read"),
    (changed(">62<", ">62.5<", ODM_TYPED), ": record 1, I.PULSE", "is not an integer"),
    (changed(">2024-05<", ">May 2024<", ODM_TYPED), ": record 1, I.DAY", "is not an ISO 8601 date, nor a part of one"),
    (
        changed('"AR.1">62', '"AR.2">62', ODM_TYPED),
        ": record 1, I.PULSE, AuditRecordID",
        "refers to nothing in the file",
    ),
    (changed("odm/v1.3", "odm/v1.2"), "", "is XML, but no ODM 1.3 or 2.0"),
    (changed('ODMVersion="1.3.2"', 'ODMVersion="2.0"'), ": ODMVersion", "does not belong to the namespace"),
    ("<html/>", "", "is XML, but no ODM 1.3 or 2.0"),
]


@pytest.mark.parametrize(("text", "place", "problem"), CASES, ids=range(len(CASES)))
def test_a_document_that_is_not_as_the_standard_says_is_refused(path, text, place, problem):
    assert refused(path, text) == (place, problem)


def test_an_oid_that_might_be_data_is_not_shown(path):
    text = changed("I.PULSE", "Müller 12.3.1970", changed(">62<", ">x<", ODM_TYPED))
    assert refused(path, text) == (": record 1, (unnamed item)", "is not an integer")


def test_broken_xml_is_refused_with_the_record_and_the_line(path):
    place, problem = refused(path, changed(SYS, SYS.replace("/>", ">")))
    assert place == ": record 2"
    assert problem.startswith("is not XML, or is cut off (line ")
    assert refused(path, ODM[: ODM.index('SubjectKey="002"')])[0] == ": record 3"


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE ODM [<!ENTITY a "b">]>',
        '<!DOCTYPE ODM SYSTEM "http://example.org/odm.dtd">',
        '<!DOCTYPE ODM [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_document_types_and_entities_are_refused(path, declared):
    text = changed('encoding="UTF-8"?>', f'encoding="UTF-8"?>{declared}')
    assert refused(path, text) == ("", "declares a document type or entities")


def test_deep_nesting_is_refused(path):
    deep = changed(SYS, SYS.replace("/>", f">{'<a>' * 40}{'</a>' * 40}</ItemData>"))
    assert refused(path, deep) == (": record 2", "nests deeper than 40 levels")


def test_an_encoding_that_is_not_known_is_refused(path):
    assert refused(path, changed("UTF-8", "EBCDIC-9"))[1] in ("is in an encoding that is not read", "is not XML")


def test_metadata_without_clinical_data_is_refused(path):
    start, end = ODM.index("<ClinicalData"), ODM.index("</ODM>")
    problem = "is ODM without clinical data: a Define-XML, or the metadata of a study"
    assert refused(path, ODM[:start] + ODM[end:]) == ("", problem)


@real
def test_a_real_define_xml_is_refused():
    with pytest.raises(CarechainError) as found, open_dataset(FOLDER / "define.xml") as document:
        list(document.records())
    assert str(found.value) == (
        "define.xml is ODM without clinical data: a Define-XML, or the metadata of a study. "
        "Give the file with ClinicalData or ReferenceData."
    )
