"""The record of a clinical trial: its datasets, committed to and proven record by record."""
