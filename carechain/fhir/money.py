"""FHIR's Money as whole minor units of its currency, and back, to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from carechain.errors import CarechainError
from carechain.fhir.elements import Element

MAX_AMOUNT = 10**13
"""Largest amount taken, in minor units: beyond it somebody mistyped."""

# ISO 4217, list one: the currencies by the number of their decimals. Funds, metals and test codes are left out.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
DECIMALS = {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}
"""Decimals of each currency."""


class Currency:
    """The one currency of a resource: the first that is met, unless it is given."""

    def __init__(self, code: str | None = None) -> None:
        self.code = code

    def price(self, parent: Element, name: str) -> Fraction | None:
        """The Money `name` in minor units, with fractions of them; None without one.

        Raises CarechainError when it has no value or currency, when the currency is another than before, and when it
        is negative or beyond MAX_AMOUNT.
        """
        value = self.signed(parent, name)
        if value is not None and value < 0:
            parent.refuse(f"{name}.value", "is negative", "claim amounts from zero on")
        return value

    def amount(self, parent: Element, name: str) -> int | None:
        """As `price`, for what must be whole minor units."""
        value = self.price(parent, name)
        return None if value is None else _whole(parent, name, value)

    def balance(self, parent: Element, name: str) -> int | None:
        """As `amount`, for what may be negative."""
        value = self.signed(parent, name)
        return None if value is None else _whole(parent, name, value)

    def signed(self, parent: Element, name: str) -> Fraction | None:
        money = parent.child(name)
        if money is None:
            return None
        value, code = money.number("value"), money.text("currency")
        if value is None:
            money.refuse("value", "is missing", "state the amount")
        if code is None:
            money.refuse("currency", "is missing", "state the currency, such as USD")
        if code not in DECIMALS:
            money.refuse("currency", "is not a currency of ISO 4217 in use", "write its three letters")
        if self.code is not None and code != self.code:
            money.refuse("currency", "is another than before", "claim everything in one currency")
        self.code = code
        minor = value * Fraction(10) ** DECIMALS[code]
        if abs(minor) > MAX_AMOUNT:
            money.refuse("value", "is larger than any claim", "correct it")
        return Fraction(minor)


def money(amount: int, currency: str) -> dict[str, Any]:
    """Minor units as FHIR's Money. Raises CarechainError when the currency is not known."""
    if currency not in DECIMALS:
        raise CarechainError("The currency", "is not a currency of ISO 4217 in use", "use its three letters")
    return {"value": Decimal(amount).scaleb(-DECIMALS[currency]), "currency": currency}


def _whole(parent: Element, name: str, value: Fraction) -> int:
    if value.denominator != 1:
        parent.refuse(f"{name}.value", "has more decimals than its currency", "round it to the minor unit")
    return value.numerator
