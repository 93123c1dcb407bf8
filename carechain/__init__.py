"""Carechain's plain Python: formats, consent terms and the values that travel to the chain.

Nothing in this package imports Brownie. Formats are read into plain domain values here; scripts turn those
values into transactions.
"""
