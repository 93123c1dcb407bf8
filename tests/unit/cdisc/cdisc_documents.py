"""Small invented datasets, in the formats that are read, and the real ones beside the project."""

import json

from tests.helpers.real_data import SHARED, beside

FOLDER = SHARED / "cdisc_datasetjson/sdtm"
real = beside(FOLDER, "real datasets")

COLUMNS = [
    {"itemOID": "IT.STUDYID", "name": "STUDYID", "label": "Study", "dataType": "string", "length": 8, "keySequence": 1},
    {"itemOID": "IT.SEQ", "name": "VSSEQ", "label": "Sequence", "dataType": "integer", "keySequence": 2},
    {"itemOID": "IT.TEST", "name": "VSTEST", "label": "Test", "dataType": "string", "length": 40},
    {"itemOID": "IT.RES", "name": "VSSTRESN", "label": "Result", "dataType": "float"},
    {"itemOID": "IT.DEC", "name": "VSDEC", "label": "Result", "dataType": "decimal", "targetDataType": "decimal"},
    {"itemOID": "IT.DTC", "name": "VSDTC", "label": "When", "dataType": "datetime"},
    {"itemOID": "IT.FL", "name": "VSFL", "label": "Derived", "dataType": "boolean"},
]
ROWS = [
    ["STUDY-1", 1, "Systolic Blood Pressure", 120, "120.00", "2024-05-01T08:30", False],
    ["STUDY-1", 2, "Temperature", 36.6, "36.60", "2024-05", None],
    ["STUDY-1", 3, 'said: "fine" ],[ and left', None, "", "", True],
    ["STUDY-1", 4, "Größe \\ 身長 \U0001f4cf", 1.5e-7, None, None, None],
]
METADATA = {
    "datasetJSONCreationDateTime": "2024-06-01T00:00:00",
    "datasetJSONVersion": "1.1.0",
    "originator": "Invented",
    "studyOID": "S.1",
    "itemGroupOID": "IG.VS",
    "records": len(ROWS),
    "name": "VS",
    "label": "Vital Signs",
    "columns": COLUMNS,
}


def dataset_json(rows=ROWS, **changes):
    """The bytes of Dataset-JSON 1.1. A change to None takes the attribute away."""
    metadata = METADATA | {"records": len(rows)} | changes
    return compact({key: value for key, value in metadata.items() if value is not None} | {"rows": rows})


def dataset_ndjson(rows=ROWS, **changes):
    """The bytes of Dataset-NDJSON 1.1."""
    lines = [METADATA | {"records": len(rows)} | changes, *rows]
    return b"".join(compact(line) + b"\n" for line in lines)


def dataset_json_1_0(rows=ROWS):
    """The bytes of Dataset-JSON 1.0, whose rows begin with their number."""
    items = [{"OID": "ITEMGROUPDATASEQ", "name": "ITEMGROUPDATASEQ", "label": None, "type": "integer"}]
    for column in COLUMNS:
        kind = "string" if column["dataType"] == "datetime" else column["dataType"]
        items.append({"OID": column["itemOID"], "name": column["name"], "label": column["label"], "type": kind})
    numbered = [[number, *row] for number, row in enumerate(rows, 1)]
    group = {"records": len(rows), "name": "VS", "label": "Vital Signs", "items": items, "itemData": numbered}
    clinical = {"studyOID": "S.1", "metaDataVersionOID": "MDV.1", "itemGroupData": {"IG.VS": group}}
    return compact({"datasetJSONVersion": "1.0.0", "clinicalData": clinical, "fileOID": "F.1"})


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


ODM = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Transactional" FileOID="F.1"
     CreationDateTime="2024-06-01T00:00:00">
  <Study OID="S.1">
    <GlobalVariables>
      <StudyName>Invented</StudyName><StudyDescription>Invented</StudyDescription><ProtocolName>P-1</ProtocolName>
    </GlobalVariables>
  </Study>
  <ClinicalData StudyOID="S.1" MetaDataVersionOID="MDV.1">
    <SubjectData SubjectKey="001" TransactionType="Insert">
      <SiteRef LocationOID="L.1"/>
      <StudyEventData StudyEventOID="SE.1" StudyEventRepeatKey="1">
        <FormData FormOID="F.VS" FormRepeatKey="1">
          <ItemGroupData ItemGroupOID="IG.VS" ItemGroupRepeatKey="1" TransactionType="Insert">
            <AuditRecord EditPoint="Monitoring">
              <UserRef UserOID="U.1"/><LocationRef LocationOID="L.1"/>
              <DateTimeStamp>2024-05-01T09:00:00</DateTimeStamp><ReasonForChange>typing error</ReasonForChange>
            </AuditRecord>
            <ItemData ItemOID="I.SYS" Value="120"><MeasurementUnitRef MeasurementUnitOID="MU.1"/></ItemData>
            <ItemData ItemOID="I.DIA" IsNull="Yes"/>
          </ItemGroupData>
          <ItemGroupData ItemGroupOID="IG.VS" ItemGroupRepeatKey="2" TransactionType="Update">
            <Signature ID="SIG.1">
              <UserRef UserOID="U.2"/><LocationRef LocationOID="L.1"/><SignatureRef SignatureOID="SD.1"/>
              <DateTimeStamp>2024-05-02T09:00:00</DateTimeStamp>
            </Signature>
            <ItemData ItemOID="I.SYS" Value="118"/>
            <ItemData ItemOID="I.DIA" Value="Ä &lt; &#x1F4CF;"/>
          </ItemGroupData>
        </FormData>
      </StudyEventData>
    </SubjectData>
    <SubjectData SubjectKey="002">
      <StudyEventData StudyEventOID="SE.1">
        <FormData FormOID="F.VS">
          <ItemGroupData ItemGroupOID="IG.VS"><ItemData ItemOID="I.SYS" Value=""/></ItemGroupData>
        </FormData>
      </StudyEventData>
    </SubjectData>
  </ClinicalData>
</ODM>
"""

ODM_TYPED = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot" FileOID="F.2"
     CreationDateTime="2024-06-01T00:00:00">
  <ClinicalData StudyOID="S.1" MetaDataVersionOID="MDV.1">
    <SubjectData SubjectKey="001">
      <StudyEventData StudyEventOID="SE.1">
        <FormData FormOID="F.VS">
          <ItemGroupData ItemGroupOID="IG.VS">
            <ItemDataString ItemOID="I.TEST">Pulse</ItemDataString>
            <ItemDataInteger ItemOID="I.PULSE" AuditRecordID="AR.1">62</ItemDataInteger>
            <ItemDataPartialDate ItemOID="I.DAY">2024-05</ItemDataPartialDate>
            <ItemDataBoolean ItemOID="I.FINE">true</ItemDataBoolean>
          </ItemGroupData>
        </FormData>
      </StudyEventData>
    </SubjectData>
    <AuditRecords>
      <AuditRecord ID="AR.1">
        <UserRef UserOID="U.1"/><LocationRef LocationOID="L.1"/><DateTimeStamp>2024-05-01T09:00:00</DateTimeStamp>
      </AuditRecord>
    </AuditRecords>
  </ClinicalData>
</ODM>
"""
