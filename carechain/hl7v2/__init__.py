"""HL7 v2 messages, read into FHIR R4 resources of one patient."""
