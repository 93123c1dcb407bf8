"""Enforcement records: what is taken from them, and what is not read into them."""

from __future__ import annotations

import json
from datetime import date
from time import process_time

import pytest

from carechain.errors import CarechainError
from carechain.supply.recall_record import RecallReason, read_recall, read_recalls, reason_of
from tests.helpers.real_data import SHARED, beside

RECORDS = SHARED / "openfda/recall/enforcement-1.json"
real = beside(RECORDS, "real recalls")
RECORD = {
    "recall_number": "D-0123-2026",
    "status": "Ongoing",
    "classification": "Class II",
    "product_type": "Drugs",
    "product_description": "Carevalin tablets, 30-count bottle, NDC 12345-678-90.",
    "code_info": "Lot A1-7, Exp. 01/2028",
    "reason_for_recall": "Labeling: Label Mix-Up",
    "report_date": "20260301",
    "openfda": {"package_ndc": ["12345-678-90", "1234-5678-91"], "upc": ["312345678906", "312345678907"]},
}


@pytest.fixture
def file(tmp_path):
    def made(content):
        path = tmp_path / "recall.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return made


@pytest.fixture
def read(file):
    return lambda **changes: read_recalls(file(RECORD | changes))[0]


def test_a_record_of_the_api_is_read_whole(read):
    found = read()
    assert (found.recall_class, found.status, found.numbers) == (2, "Ongoing", ("D-0123-2026",))
    assert (found.report_date, found.reason) == (date(2026, 3, 1), RecallReason.MISLABELLING)
    assert found.gtins == ("00312345678906", "00312345678913")
    assert (found.lots, found.ranges) == (("A1-7",), ())


def test_a_record_with_the_older_names_is_the_same(file):
    older = {name.replace("_", "-"): value for name, value in RECORD.items()}
    first, second = read_recalls(file(RECORD)), read_recalls(file(older))
    assert first == second


@pytest.mark.parametrize(
    ("code_info", "lots"),
    [
        ("Lots A1, A2 and A5", ("A1", "A2", "A5")),
        ("Lot: 12345A, Exp. 01/2025; 12346A, Exp. 02/2025", ("12345A", "12346A")),
        ("Lot#: AB-123 (exp Dec 2024), AB-124 (exp Jan 2025)", ("AB-123", "AB-124")),
        ("Lot #'s: a) 90A024, 90A026, Exp 09/13; b) 90A028, Exp 09/13", ("90A024", "90A026", "90A028")),
        ("Lot Numbers: 1) L100, L101, EXP 12/31/2014 2) L200 only", ("L100", "L101", "L200")),
        ("Batch No. 7788/01 Exp: 2025-03; NDC 1234-5678-90", ("7788/01",)),
        ("Lot A12, B13 EXP DEC 2013, JAN 2014", ("A12", "B13")),
        ("Lot #s 12A and 13B; Serial numbers 998, 999", ("12A", "13B")),
        ("Lot(s): a77\nb78", ("A77", "B78")),
        ("Lot TFRS 130B 16, Best By 5-25-2012", ("TFRS130B16",)),
        ("All lots within expiry", ()),
        ("Unit: 006LT46267", ()),
        ("Expiration dates from 01/19/2012", ()),
        ("", ()),
    ],
)
def test_lot_numbers_are_the_tokens_that_stand_behind_the_word(read, code_info, lots):
    assert read(code_info=code_info).lots == lots


def test_a_lot_is_named_whole_or_not_at_all(read):
    found = read(code_info="Lot # 439605-01, 5604")
    assert found.names_lot("439605-01")
    assert found.names_lot("5604")
    for other in ("439605", "01", "560", "56041", ""):
        assert not found.names_lot(other)


def test_a_lot_is_named_in_capitals_or_not(read):
    assert read(code_info="Lot ab12").names_lot("AB12")
    assert read(code_info="Lot AB12").names_lot("ab12")


def test_a_date_is_no_lot(read):
    found = read(code_info="Lot A1 Exp 09/13, 12/2013; 5/6/2011, DEC2014")
    assert found.lots == ("A1",)


def test_a_range_is_given_back_and_only_its_ends_are_named(read):
    found = read(code_info="lot number from 00112 through 10412")
    assert found.ranges == (("00112", "10412"),)
    assert found.names_lot("00112")
    assert found.names_lot("10412")
    assert not found.names_lot("05000")


@pytest.mark.parametrize(
    ("text", "gtins"),
    [
        ("NDC 0093-0787-01", ["00300930787010"]),
        ("(NDC: 0093-0787-01, 0093-0787-10)", ["00300930787010", "00300930787102"]),
        ("NDC 12345-6789-1 and 12345-678-91", ["00312345678913"]),
        ("NDC 12345-0678-90", []),
        ("NDC 0093-0787", []),
        ("tel. 0093-0787-01", []),
        ("UPC 3 0781-5248-92 5", ["00307815248925"]),
        ("UPC 3 0781-5248-92 6", []),
        ("UPC 7203698196", []),
    ],
)
def test_gtins_are_those_of_package_codes_and_upcs(read, text, gtins):
    assert list(read(product_description=text, openfda={}).gtins) == gtins


def test_the_upc_of_a_food_is_no_gtin_of_a_medicine(read):
    assert read(product_description="UPC 3 0781-5248-92 5", product_type="Food", openfda={}).gtins == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Lack of Assurance of Sterility: leaking bags", RecallReason.STERILITY),
        ("Presence of Foreign Substance(s): stainless steel particulates", RecallReason.CONTAMINATION),
        ("Microbial Contamination of Non-Sterile Products", RecallReason.CONTAMINATION),
        ("Non-Sterility: growth in retained samples", RecallReason.STERILITY),
        ("Subpotent Drug", RecallReason.POTENCY),
        ("Labeling: Incorrect or Missing Lot and/or Exp Date", RecallReason.MISLABELLING),
        ("Defective Container: seal does not close", RecallReason.CONTAINER),
        ("Temperature Abuse: product was left out", RecallReason.TEMPERATURE),
        ("Product was stored outside of the labeled temperature", RecallReason.TEMPERATURE),
        ("Counterfeit vials were found", RecallReason.COUNTERFEIT),
        ("Failed Dissolution Specifications", RecallReason.STABILITY),
        ("CGMP Deviations: potential for superpotent tablets", RecallReason.MANUFACTURING),
        ("The owner asked for it", RecallReason.OTHER),
        ("", RecallReason.OTHER),
    ],
)
def test_the_kind_of_a_reason_is_told_from_its_words(text, reason):
    assert reason_of(text) == reason


def test_a_reason_of_any_length_is_told_in_no_time():
    began = process_time()
    assert reason_of("stor" * 50_000) is RecallReason.OTHER
    assert process_time() - began < 0.5  # the time of the square of its length would be minutes
    assert reason_of("Product was stored at a wrong temperature") is RecallReason.TEMPERATURE


def test_records_come_one_by_one_in_lines_or_in_an_answer(file):
    other = RECORD | {"recall_number": "D-0124-2026"}
    lines = file(f"{json.dumps(RECORD)}\n\n{json.dumps(other)}\n")
    assert [found.numbers[0] for found in read_recalls(lines)] == ["D-0123-2026", "D-0124-2026"]
    assert read_recalls(lines)[1].place == "recall.json: line 3"
    answer = file({"meta": {}, "results": [RECORD, other]})
    assert [found.numbers[0] for found in read_recalls(answer)] == ["D-0123-2026", "D-0124-2026"]
    assert len(read_recalls(file(json.dumps(RECORD, indent=2)))) == 1


def test_one_record_is_addressed_by_place_or_number(file):
    path = file({"results": [RECORD, RECORD | {"recall_number": "D-0124-2026"}, {"classification": "?"}]})
    assert read_recall(path, "1").numbers == read_recall(path, "d-0124-2026").numbers == ("D-0124-2026",)
    with pytest.raises(CarechainError, match="has no record of this recall number"):
        read_recall(path, "D-9999-2026")
    with pytest.raises(CarechainError, match="has 3 records"):
        read_recall(path, "3")
    with pytest.raises(CarechainError, match="has 3 records"):
        read_recall(path, "9" * 5_000)
    with pytest.raises(CarechainError, match="has 2 records of this"):
        read_recall(file({"results": [RECORD, RECORD]}), "D-0123-2026")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"classification": "Not Yet Classified"}, "classification is not Class I, II or III"),
        ({"classification": 2}, "classification is not a text"),
        ({"code_info": ["Lot A1"]}, "code_info is not a text"),
        ({"report_date": "soon"}, "report_date is not a date"),
        ({"openfda": ["x"]}, "openfda is not an object"),
        ({"openfda": {"package_ndc": 5}}, "openfda.package_ndc is not a list of texts"),
        ({"openfda": {"package_ndc": "12345-678-90"}}, "openfda.package_ndc is not a list of texts"),
        ({"openfda": {"upc": True}}, "openfda.upc is not a list of texts"),
        ({"openfda": {"upc": [312345678906]}}, "openfda.upc is not a list of texts"),
    ],
)
def test_an_element_that_cannot_be_is_refused_with_its_name(read, changes, problem):
    with pytest.raises(CarechainError, match=problem):
        read(**changes)


@pytest.mark.parametrize("content", ["", "[1]", '"text"', '{"a": 1', "<recall/>"])
def test_other_files_are_refused(file, content):
    with pytest.raises(CarechainError, match=r"^recall\.json"):
        read_recalls(file(content))


@real
def test_every_real_record_is_read():
    found = read_recalls(RECORDS)
    assert len(found) == 36
    assert {record.recall_class for record in found} == {1, 2, 3}
    assert {record.report_date for record in found} == {date(2012, 6, 13)}


@real
@pytest.mark.parametrize(
    ("number", "gtins", "lots", "reason"),
    [
        ("D-1362-2012", ("00300930787010", "00300930787102"), ("90A024", "90A026", "90A028"), "CONTAMINATION"),
        ("D-1369-2012", ("00311704600015",), ("8D1082", "8D1151"), "STABILITY"),
        ("D-1367-2012", ("00307815248925",), ("BJ3186", "BJ3142"), "STABILITY"),
    ],
)
def test_a_real_record_names_its_medicines_and_lots(number, gtins, lots, reason):
    found = read_recall(RECORDS, number)
    assert (found.gtins, found.lots, found.reason.name) == (gtins, lots, reason)


@real
def test_real_foods_and_blood_name_no_medicine_and_units_are_no_lots():
    found = read_recalls(RECORDS)
    assert all(record.gtins == () for record in (*found[:15], *found[21:]))
    assert all(record.lots == () for record in found[21:])
