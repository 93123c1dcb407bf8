"""The words of the Core Business Vocabulary 2.0, and the three ways of writing one as a URI."""

from __future__ import annotations

import re
from dataclasses import dataclass

CBV = "https://ref.gs1.org/cbv/"
GS1 = "https://gs1.org/voc/"

PREFIXES = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": CBV,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": GS1,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
"""The prefixes that the JSON-LD context of EPCIS 2.0 declares by itself."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.ASCII)
_SCHEMES = ("http://", "https://", "urn:")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True)
class Words:
    """A list of words: by `web` in web URIs, by `urn` in the URNs of CBV 1.2. Without `words`, any word is in it.

    Words of one's own are URIs. `strict` ones start with http, https or urn: anything else is a word whose prefix was
    not declared, which the measurements of XML documents have by custom.
    """

    name: str
    web: str
    urn: str
    words: frozenset[str]
    strict: bool = True

    def bare(self, text: str) -> str | None:
        """The bare word, or the URI of a word of one's own; None for a bare word that is not in the list."""
        word = next((text.removeprefix(each) for each in (self.web, self.urn) if each and text.startswith(each)), text)
        if word in self.words or (not self.words and _WORD.fullmatch(word)):
            return word
        own = is_uri(text) and (not self.strict or text.startswith(_SCHEMES))
        return text if word == text and own else None

    def full(self, word: str) -> str:
        """The web URI of a bare word; a URI stays as it is."""
        return f"{self.web}{word}" if _WORD.fullmatch(word) else word


def is_uri(text: str) -> bool:
    """Whether this is an absolute URI of characters that a URI may have (RFC 3986)."""
    return bool(_URI.fullmatch(text))


def _words(name: str, web: str, urn: str, text: str, strict: bool = True) -> Words:
    return Words(name, f"{CBV}{web}", f"urn:epcglobal:cbv:{urn}:" if urn else "", frozenset(text.split()), strict)


BIZ_STEPS = _words(
    "business step",
    "BizStep-",
    "bizstep",
    "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting "
    "decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting "
    "installing killing loading other packing picking receiving removing repackaging repairing replacing reserving "
    "retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting "
    "unloading unpacking void_shipping",
)
# The five non_sellable words are of CBV 1.2, which deprecates but keeps them.
DISPOSITIONS = _words(
    "disposition",
    "Disp-",
    "disp",
    "active available completeness_verified completeness_inferred conformant container_closed container_open damaged "
    "destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_instance mismatch_class "
    "mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed "
    "recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown "
    "non_sellable_expired non_sellable_damaged non_sellable_disposed non_sellable_no_pedigree_match "
    "non_sellable_recalled",
)
TRANSACTION_TYPES = _words(
    "type of business transaction",
    "BTT-",
    "btt",
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
)
PARTY_TYPES = _words("type of source or destination", "SDT-", "sdt", "location owning_party possessing_party")
ERROR_REASONS = _words("reason of an error", "ER-", "er", "did_not_occur incorrect_data")
COMPONENTS = _words(
    "component of a measurement",
    "Comp-",
    "",
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude "
    "longitude altitude",
    strict=False,
)
MEASUREMENTS = Words("type of measurement", GS1, "gs1:", frozenset(), strict=False)
"""The types and exceptions of sensor reports; GS1 adds to them in its Web Vocabulary at any time."""
