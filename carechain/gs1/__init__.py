"""Identifiers of GS1 and scans of packs, read into plain values."""
