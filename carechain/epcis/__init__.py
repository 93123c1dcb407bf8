"""EPCIS documents, read, checked, hashed and written as plain values. Nothing here touches the chain."""
