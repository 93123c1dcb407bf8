"""X12 005010: claims, remittances, status and eligibility as plain values, and back."""
