"""Readers of HL7 FHIR R4 documents. They give plain domain values and never touch the chain."""
