"""Datasets of clinical trials as CDISC exchanges them: Dataset-JSON, its NDJSON form, and ODM XML."""
