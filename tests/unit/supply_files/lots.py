"""A lot that the tests are about."""

from __future__ import annotations

from datetime import date

from carechain.supply.passport import LotDetails

LOT = LotDetails("00312345678906", "A1-7", date(2028, 1, 31), date(2026, 1, 5))
SECRET = bytes(range(32))


def serials(count: int) -> list[str]:
    return [f"S{number:05}" for number in range(count)]
