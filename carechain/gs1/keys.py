"""The keys of GS1 with their check digits: GTIN, SSCC and GLN, and the GTIN of a US National Drug Code.

GS1 General Specifications, section 7.9.1 (check digits) and 3.3 (keys). Every function refuses with CarechainError,
whose place is the caller's word for where the text stands; the text itself is not repeated.
"""

from __future__ import annotations

import re

from biip.checksums import gs1_standard_check_digit

from carechain.errors import CarechainError

# The 82 characters of serial and lot numbers: General Specifications, figure 7.11-1.
_TEXT = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_NDC_FORMS = ((4, 4, 2), (5, 3, 2), (5, 4, 1))


def gtin14(text: str, place: str) -> str:
    """The GTIN-14 of a GTIN of 8, 12, 13 or 14 digits, with zeros in front. Blanks and hyphens are not tolerated."""
    if not _DIGITS.fullmatch(text) or len(text) not in (8, 12, 13, 14):
        raise CarechainError(place, "is not a GTIN of 8, 12, 13 or 14 digits", "give the number below the bar code")
    _check(text, place, "GTIN")
    return text.zfill(14)


def sscc(text: str, place: str) -> str:
    """The 18 digits of an SSCC, whose check digit was checked."""
    return _key(text, place, "SSCC", 18)


def gln(text: str, place: str) -> str:
    """The 13 digits of a GLN, whose check digit was checked."""
    return _key(text, place, "GLN", 13)


def with_check_digit(digits: str) -> str:
    """A key from its digits without the last one."""
    return f"{digits}{gs1_standard_check_digit(digits)}"


def ndc_gtin(ndc: str, place: str) -> str:
    """The GTIN-14 of a US National Drug Code of ten digits: 003, the ten digits, a check digit.

    Hyphens may stand where the FDA puts them: 4-4-2, 5-3-2 or 5-4-1. A code of eleven digits is refused: it was padded
    with a zero for billing, and which zero that is cannot be told from the digits alone.
    """
    parts = ndc.split("-")
    plain = "".join(parts)
    formed = len(parts) == 1 or tuple(map(len, parts)) in _NDC_FORMS
    if not _DIGITS.fullmatch(plain) or len(plain) != 10 or not formed:
        raise CarechainError(
            place, "is not an NDC of ten digits", "give it as it stands on the pack: 4-4-2, 5-3-2, 5-4-1"
        )
    return with_check_digit(f"003{plain}")


def text20(text: str, place: str, what: str) -> str:
    """A serial or lot number: 1 to 20 of the 82 characters. `what` completes "is not a …"."""
    if not _TEXT.fullmatch(text):
        raise CarechainError(
            place, f"is not a {what} of 1 to 20 characters of GS1", "use letters, digits and the signs that GS1 allows"
        )
    return text


def _key(text: str, place: str, name: str, length: int) -> str:
    if not _DIGITS.fullmatch(text) or len(text) != length:
        raise CarechainError(place, f"has no {name} of {length} digits", f"give all {length}")
    _check(text, place, name)
    return text


def _check(text: str, place: str, name: str) -> None:
    if int(text[-1]) != gs1_standard_check_digit(text[:-1]):
        raise CarechainError(place, f"has a wrong check digit in its {name}", "read the number again")
