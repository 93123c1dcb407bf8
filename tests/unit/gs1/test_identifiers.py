"""The same thing has one value, as a URN and as a link; the pairs are those of GS1's own reference hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.errors import CarechainError
from carechain.gs1.identifiers import Gln, Gtin, Lgtin, Sgtin, Sscc, identifier, link_elements, urn

HERE = "here"
GS1_CHARACTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
texts = st.text(GS1_CHARACTERS, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("name", "link", "value"),
    [
        (
            "urn:epc:id:sgtin:4012345.011111.9876",
            "https://id.gs1.org/01/04012345111118/21/9876",
            Sgtin("04012345111118", "9876"),
        ),
        (
            "urn:epc:class:lgtin:4023333.002000.2019-10-07",
            "https://id.gs1.org/01/04023333020008/10/2019-10-07",
            Lgtin("04023333020008", "2019-10-07"),
        ),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "https://id.gs1.org/01/04012345666663", Gtin("04012345666663")),
        ("urn:epc:id:sscc:4012345.0111111111", "https://id.gs1.org/00/040123451111111110", Sscc("040123451111111110")),
        ("urn:epc:id:sgln:4012345.00005.0", "https://id.gs1.org/414/4012345000054", Gln("4012345000054")),
        ("urn:epc:id:sgln:4012345.00000.5", "https://id.gs1.org/414/4012345000009/254/5", Gln("4012345000009", "5")),
        ("urn:epc:id:pgln:4012345.00000", "https://id.gs1.org/417/4012345000009", Gln("4012345000009", party=True)),
    ],
)
def test_urn_and_link_name_one_value(name, link, value):
    assert identifier(name, HERE) == identifier(link, HERE) == value
    assert value.link() == link


@given(texts)
def test_any_serial_goes_through_link_and_urn_unchanged(serial):
    pack = Sgtin("04012345111118", serial)
    assert identifier(pack.link(), HERE) == pack
    assert identifier(urn(pack, 7), HERE) == pack


@given(st.integers(6, 12), texts)
def test_urns_of_every_company_prefix_are_read_back(digits, text):
    values = [Lgtin("10614141073402", text), Sscc("340123450000000000"), Gln("4012345000009", party=True)]
    if text != "0":  # which the URN has for a place without an extension
        values.append(Gln("4012345000009", text))
    for value in values:
        assert identifier(urn(value, digits), HERE) == value


@pytest.mark.parametrize("link", ["https://brand.example/products/01/04012345111118/21/a%2Fb?17=271231&linkType=x"])
def test_a_link_of_any_domain_is_read_with_its_query(link):
    assert identifier(link, HERE) == Sgtin("04012345111118", "a/b")
    assert link_elements(link, HERE) == [("01", "04012345111118"), ("21", "a/b"), ("17", "271231")]


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("https://id.gs1.org/01/04012345111119/21/1", "wrong check digit in its GTIN"),
        ("https://brand.example/01/04012345111119/21/1", "wrong check digit in its GTIN"),
        ("https://id.gs1.org/00/040123451111111111", "wrong check digit in its SSCC"),
        ("https://id.gs1.org/414/4012345000053", "wrong check digit in its GLN"),
        ("https://id.gs1.org/01/0401234511111/21/1", "wrong check digit in its GTIN"),
        ("https://id.gs1.org/01/123/21/1", "is not a GTIN"),
        ("https://brand.example/01/123/21/1", "is not a GTIN"),
        ("https://id.gs1.org/01/04012345111118/21", "a value missing"),
        ("https://id.gs1.org/01/04012345111118/21/a%2", "starts no percent-encoding"),
        ("https://id.gs1.org/01/04012345111118/21/" + "a" * 21, "is not a serial number"),
        ("https://id.gs1.org/01/04012345111118/21/%C3%84", "is not a serial number"),
        ("urn:epc:id:sgtin:4012345.01111.9876", "wrong digits"),
        ("urn:epc:id:sgtin:4012345.0111111.9876", "wrong digits"),
        ("urn:epc:id:sgtin:401234567890123.1.9", "wrong digits"),
        ("urn:epc:id:sgtin:4012345.011111", "too many or too few parts"),
        ("urn:epc:id:sscc:4012345.0111111111.1", "too many or too few parts"),
        ("urn:epc:id:sgtin:4012345.011111.", "is not a serial number"),
        ("urn:epc:class:lgtin:4012345.011111.%", "starts no percent-encoding"),
        ("urn:epc:idpat:sgtin:4012345.*.*", "wrong digits"),
        ("urn:epc:idpat:sgtin:4012345.011111.9876", "is a pattern"),
    ],
)
def test_a_malformed_identifier_is_refused_without_being_repeated(uri, problem):
    with pytest.raises(CarechainError, match=problem) as error:
        identifier(uri, HERE)
    assert uri[-8:] not in str(error.value)


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:giai:4000001.111",
        "urn:epc:id:grai:4012345.55555.987",
        "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8",
        "https://example.com/01/news",
        "https://example.com/packs/17",
        "https://id.gs1.org/8004/4000001111",
        "http://[broken",
    ],
)
def test_what_is_based_on_no_gtin_sscc_or_gln_is_left_alone(uri):
    assert identifier(uri, HERE) is None


def test_a_urn_needs_a_company_prefix():
    with pytest.raises(CarechainError, match="does not have 6 to 12 digits"):
        urn(Sscc("340123450000000000"), 5)
    with pytest.raises(CarechainError, match="has no company prefix"):
        urn(Sgtin("00000096385074", "1"), 7)
