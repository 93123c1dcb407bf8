"""Readers of clinical trial registry records, and what is said of them. Nothing here touches the chain."""
