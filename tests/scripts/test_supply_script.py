"""`brownie run supply …`: a lot from its production to a recall, as its parties run the commands."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from web3 import Web3

import scripts.supply as script
import scripts.supply_party
from carechain.epcis.reading import read
from carechain.errors import CarechainError
from carechain.report import Report
from carechain.supply.passport import Passport
from carechain.supply.recall_record import RecallReason, read_recalls
from carechain.supply.words import Quality, lot_of
from scripts.suite import ROOT
from scripts.supply_party import Party
from tests.helpers.real_data import SHARED, beside
from tests.helpers.suite import pass_time
from tests.scripts.books import chain_with_book
from tests.unit.epcis.test_hash_vectors import DOCUMENTS, real

EXAMPLES = ROOT / "examples" / "supply"
REAL_RECALLS = SHARED / "openfda/recall/enforcement-1.json"
AGENCY, MAKER, WHOLESALER, PHARMACY, CARRIER, INSPECTOR, PROCESSOR = 6, 8, 9, 10, 11, 12, 13
"""Organisations of examples/organisations.yaml."""
STORY = {
    "1-made.json": MAKER,
    "2-inspected.json": INSPECTOR,
    "3-consigned.json": MAKER,
    "4-carried.json": CARRIER,
    "5-wholesale.json": WHOLESALER,
    "6-dispensed.json": PHARMACY,
}
GTIN, LOT = "09506000100012", "AL2503"
LEDGERS_LOT = lot_of(MAKER, 1)
DISPENSED, NEIGHBOUR = "M9D4TS", "Q2F8LK"
SERIALS = ("K7M2QX", "T4R9WD", DISPENSED, NEIGHBOUR, "G6B5XW")


def printed(serial, lot=LOT, expiry="400229"):
    """What a pack's DataMatrix says."""
    return f"(01){GTIN}(21){serial}(10){lot}(17){expiry}"


@pytest.fixture(scope="module")
def authorised(example_book):
    """The example's product may be made."""
    party = Party(chain_with_book(example_book), {"as": str(AGENCY)})
    call = party.ledger.functions.authoriseProduct(int(GTIN), MAKER, 200, 800)
    party.ledger.send([call], party.sender, "authorise a product")
    return example_book


@pytest.fixture(scope="module")
def told(authorised, tmp_path_factory):
    """A folder of everything that the parties have after all of the example's documents."""
    folder = tmp_path_factory.mktemp("told")
    report = Report("supply", "story", folder, Console(quiet=True))
    chain = chain_with_book(authorised)
    for name, organisation in STORY.items():
        Party(chain, {"as": str(organisation)} | places_in(folder)).ingest(EXAMPLES / name, report)
    assert not report.has_refusals
    return folder


def places_in(folder):
    return {"lots": str(folder / "lots"), "journal": str(folder / "epcis")}


@pytest.fixture
def supply(run, deployed, authorised, tmp_path, monkeypatch):
    """Runs one of the functions for an organisation, with lot book and journals in the test's folder."""
    monkeypatch.setitem(run.__globals__, "MODULES", (*run.__globals__["MODULES"], script))
    monkeypatch.setattr(scripts.supply_party, "connect", lambda: deployed)

    def run_for(function, *arguments, by=None):
        acting = () if by is None else (f"as={by}",)
        named = (f"{name}={value}" for name, value in places_in(tmp_path).items())
        return run(getattr(script, function), *arguments, *acting, *named)

    return run_for


@pytest.fixture
def after(told, supply, tmp_path):
    """The same after the story."""
    for name in ("lots", "epcis"):
        shutil.copytree(told / name, tmp_path / name)
    pass_time(1)
    return supply


@pytest.fixture
def party(deployed, tmp_path):
    """The side of an organisation, to look at what was done."""
    return lambda organisation: Party(deployed, {"as": str(organisation)} | places_in(tmp_path))


# ---------------------------------------------------------------------- made without documents


def test_a_product_is_authorised(supply, party):
    done = supply("authorise", "9506000100043", MAKER, "low=-25", "high=-15.5", by=AGENCY)
    assert (done.code, done.facts["gtin"], done.facts["low"], done.facts["high"]) == (
        0,
        "09506000100043",
        -2500,
        -1550,
    )
    assert len(done.facts["transactions"]) == 1
    assert "stored at -25 to -15.5 °C" in done.output
    assert party(MAKER).ledger.holder_of_product("09506000100043") == MAKER


def test_a_party_is_named_by_its_gln_too(supply, party):
    assert supply("authorise", "09506000100043", "9506000100081", by="9506000100128").code == 1  # an inspector
    assert supply("authorise", "09506000100043", "9506000100081", by=AGENCY).code == 0
    assert party(MAKER).ledger.holder_of_product("09506000100043") == MAKER


def test_a_lot_is_made_with_serial_numbers_at_random_and_released(supply, party, tmp_path):
    done = supply("commission", GTIN, "AL2600", 1_000, "2040-02-29", by=MAKER)
    assert (done.code, done.facts["lot"], done.facts["units"]) == (0, f"{MAKER}.1", 1_000)
    file = Path(done.facts["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    tree = party(MAKER).book.tree(GTIN, "AL2600")
    serials = list(tree.serials())
    assert len(set(serials)) == 1_000
    assert not any(serial in done.output for serial in serials[:50])
    assert supply("verify", printed(serials[7], "AL2600"), by=MAKER).facts["reason"] == "not_released"
    certificate = tmp_path / "certificate.pdf"
    certificate.write_bytes(b"analysed")
    released = supply("release", GTIN, "AL2600", certificate, by=INSPECTOR)
    assert released.facts["certificate"] == "0x" + bytes(Web3.keccak(b"analysed")).hex()
    assert supply("verify", printed(serials[7], "AL2600"), by=MAKER).code == 0
    rejected = supply("release", GTIN, f"{MAKER}.1", certificate, "quality=rejected", by=INSPECTOR)
    assert rejected.facts["quality"] == "rejected"
    assert party(MAKER).ledger.state(LEDGERS_LOT).quality is Quality.REJECTED


def test_a_lot_that_is_registered_is_not_made_again(supply, state):
    supply("commission", GTIN, "AL2600", 10, "2040-02-29", by=MAKER)
    before = state()
    again = supply("commission", GTIN, "AL2600", 10, "2040-02-29", by=MAKER)
    assert (again.code, again.facts["transactions"]) == (0, [])
    assert "is registered already" in again.output
    other = supply("commission", GTIN, "AL2600", 11, "2040-02-29", by=MAKER)
    assert other.code == 1
    assert state() == before


# ---------------------------------------------------------------------- documents


def test_the_examples_are_ingested_one_after_the_other(supply, party):
    for name, organisation in STORY.items():
        done = supply("ingest", EXAMPLES / name, by=organisation)
        assert (done.code, done.refused, len(done.facts["transactions"])) == (0, [], 1)
        (document,) = done.facts["documents"]
        assert (document["applied"], document["known"]) == (True, 0)
        assert len(document["effects"]) == document["events"]
        assert not any(serial in done.output + json.dumps(done.facts) for serial in SERIALS)
    assert [each.holder for each in party(MAKER).ledger.intervals(LEDGERS_LOT)] == [WHOLESALER, PHARMACY, WHOLESALER]


def test_what_is_printed_is_what_was_done(supply):
    done = supply("ingest", EXAMPLES / "1-made.json", by=MAKER)
    assert "1-made.json: 5 events" in done.output
    assert "register a lot of 12 units" in done.output
    assert "merge neighbours; merge neighbours; pack units 0 to 11 into a" in " ".join(done.output.split())
    assert len(done.output.splitlines()) < 25


def test_a_refused_document_keeps_no_other_back(supply):
    supply("ingest", EXAMPLES / "1-made.json", by=MAKER)
    supply("ingest", EXAMPLES / "2-inspected.json", by=INSPECTOR)
    files = (EXAMPLES / "5-wholesale.json", EXAMPLES / "3-consigned.json", Path("/no/such/file.json"))
    done = supply("ingest", *files, by=MAKER)
    assert done.code == 1
    assert [each["applied"] for each in done.facts["documents"]] == [False, True]
    assert "Nothing of it was applied." in done.output
    assert done.refused[-1] == "/no/such/file.json"


def test_each_refusal_has_a_place_a_reason_and_a_mend(supply):
    supply("ingest", EXAMPLES / "1-made.json", by=MAKER)
    done = supply("ingest", EXAMPLES / "4-carried.json", by=CARRIER)
    assert done.refused == ["4-carried.json: eventList[0].epcList", "4-carried.json: eventList[1].epcList"]
    assert all(each["reason"] and each["mend"] for each in done.facts["refused"])
    assert done.facts["transactions"] == []


# ---------------------------------------------------------------------- after the story, which this module tells once


def test_a_document_that_comes_again_changes_nothing(after, state):
    before = state()
    done = after("ingest", *(EXAMPLES / name for name in STORY if STORY[name] == MAKER), by=MAKER)
    assert (done.code, done.facts["transactions"]) == (0, [])
    assert [(each["applied"], each["known"]) for each in done.facts["documents"]] == [(False, 5), (False, 1)]
    assert done.output.count("All of it was on record already; nothing was changed.") == 2
    assert state() == before


def test_the_lot_is_exported_and_read_back(after, tmp_path):
    done = after("export", GTIN, LOT, tmp_path / "lot.json", by=MAKER)
    assert (done.code, done.facts["events"]) == (0, 15)
    reading = read(tmp_path / "lot.json", datetime.now(UTC))
    assert (reading.findings, reading.notes, len(reading.events)) == ((), (), 15)
    assert all(each.event_id == each.hash for each in reading.events)
    assert (tmp_path / "lot.json").stat().st_mode & 0o777 == 0o600


def test_a_lot_whose_number_is_not_known_here_is_not_exported(after, tmp_path):
    shutil.rmtree(tmp_path / "lots")
    done = after("export", GTIN, f"{MAKER}.1", tmp_path / "lot.json", by=WHOLESALER)
    assert (done.code, [each["reason"] for each in done.facts["refused"]]) == (1, ["is not in the lot book"])
    assert not (tmp_path / "lot.json").exists()


@real
@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda path: path.name)
def test_hash_prints_the_published_hashes_and_nothing_else(capsys, file):
    script.hash(str(file))
    printed_lines = capsys.readouterr().out.splitlines()
    assert printed_lines == file.with_suffix(".hashes").read_text("utf-8").split()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "The call has 0 arguments"),
        (("/no/such/file.json",), "/no/such/file.json cannot be read"),
        ((str(ROOT / "README.md"),), "README.md"),
    ],
)
def test_hash_of_what_is_no_document_is_refused(capsys, arguments, said):
    with pytest.raises(SystemExit) as stopped:
        script.hash(*arguments)
    assert str(stopped.value).startswith("Refused: ")
    assert said in str(stopped.value)
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------------- packs


@pytest.mark.parametrize(
    "pack",
    [
        printed(NEIGHBOUR),
        f"]d201{GTIN}21{NEIGHBOUR}\x1d10{LOT}\x1d17400229",
        f"https://id.gs1.org/01/{GTIN}/10/{LOT}/21/{NEIGHBOUR}?17=400229",
        f"https://shop.example/01/{GTIN}/21/{NEIGHBOUR}",
        f"(01){GTIN}(21){NEIGHBOUR}",
        f"urn:epc:id:sgtin:9506000.010001.{NEIGHBOUR}",
    ],
    ids=["datamatrix", "scanned", "digital link", "other host", "no lot", "urn"],
)
def test_a_genuine_pack_is_verified_however_it_is_named(after, pack):
    done = after("verify", pack, by=PHARMACY)
    assert done.code == 0
    assert done.facts == done.facts | {
        "verdict": "supply",
        "reason": "in_order",
        "holder": "Corner Pharmacy",
        "lot": f"{MAKER}.1",
        "unit": 4,
        "expiry": "2040-02-29",
    }
    assert "Genuine and in order." in done.output
    assert done.refused == []


def test_a_pack_that_was_dispensed_is_not_to_be_supplied_again(after):
    done = after("verify", printed(DISPENSED), by=PHARMACY)
    assert (done.code, done.facts["verdict"], done.facts["reason"]) == (1, "blocked", "dispensed")
    assert "is not to be supplied: dispensed already" in done.output
    assert DISPENSED not in done.output + json.dumps(done.facts)


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        (printed("M9D4T5"), "has no passport here"),
        (printed(NEIGHBOUR, expiry="410228"), "prints another lot or expiry than it was made with"),
        (printed(NEIGHBOUR, lot="AL2504"), "has no passport here"),
        (printed(NEIGHBOUR).replace("0012", "0029"), None),
        ("(01)09506000100043(21)Q2F8LK", "has no passport here"),
        ("hello", None),
    ],
    ids=["serial", "expiry", "lot", "check digit", "product", "no pack"],
)
def test_a_counterfeit_is_refused(after, state, pack, reason):
    before = state()
    done = after("verify", pack, by=PHARMACY)
    assert done.code == 1
    assert "verdict" not in done.facts
    if reason:
        assert done.facts["refused"][0]["reason"] == reason
    assert state() == before


def test_a_passport_proves_a_pack_to_who_has_no_file_of_the_lot(after, tmp_path):
    file = tmp_path / "pack.json"
    done = after("passport", printed(NEIGHBOUR), file, by=MAKER)
    assert done.code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(tmp_path / "lots")
    assert after("verify", file, by=PHARMACY).facts["verdict"] == "supply"
    forged = json.loads(file.read_text("utf-8")) | {"expiry": "2041-02-28"}
    file.write_text(json.dumps(forged), "utf-8")
    done = after("verify", file, by=PHARMACY)
    assert (done.code, done.facts["verdict"], done.facts["reason"]) == (1, "unverified", "proof invalid")


def test_a_passport_is_printed_where_no_file_is_named(after):
    done = after("passport", printed(NEIGHBOUR), by=MAKER)
    assert Passport.from_json(done.output).serial == NEIGHBOUR


def test_the_way_of_a_pack_is_told_and_drawn(after, tmp_path):
    done = after("trace", printed(DISPENSED), tmp_path / "way.svg", by=PHARMACY)
    assert (done.code, done.facts["status"]) == (0, "dispensed already")
    assert [(step["what"], step["holder"]) for step in done.facts["steps"]][-4:] == [
        ("shipped", "Beech Wholesale"),
        ("received", "Corner Pharmacy"),
        ("unpacked", "Corner Pharmacy"),
        ("dispensed", "Corner Pharmacy"),
    ]
    assert "Driftline Carriers" in done.output
    assert (tmp_path / "way.svg").read_text("utf-8").lstrip().startswith("<svg")


# ---------------------------------------------------------------------- recalls


def test_a_lot_is_recalled_and_its_holders_acknowledge(after, party):
    done = after("recall", GTIN, LOT, 2, "potency", by=MAKER)
    assert done.code == 0
    assert done.facts["recalled"] == {f"{MAKER}.1": {str(WHOLESALER): 8, str(PHARMACY): 4}}
    assert (done.facts["acknowledged"], done.facts["returned"]) == (0, 0)
    known = after("acknowledge", GTIN, LOT, by=WHOLESALER)
    assert (known.code, known.facts["acknowledged"], len(known.facts["transactions"])) == (0, 8, 1)
    again = after("acknowledge", GTIN, LOT, by=WHOLESALER)
    assert (again.facts["acknowledged"], again.facts["transactions"]) == (8, [])
    assert "There is nothing to acknowledge." in again.output
    told = after("recalled", GTIN, LOT, by=PHARMACY)
    assert (told.code, told.facts["acknowledged"]) == (0, 8)
    assert after("verify", printed(NEIGHBOUR), by=PHARMACY).facts["reason"] == "recalled_class_2"


def test_some_packs_are_recalled(after):
    done = after(
        "recall", GTIN, LOT, 1, "container", f"from={printed('T4R9WD')}", f"until={printed('H6V5JP')}", by=MAKER
    )
    assert done.facts["recalled"] == {f"{MAKER}.1": {str(WHOLESALER): 3}}
    assert after("verify", printed("K7M2QX"), by=WHOLESALER).code == 0
    assert after("verify", printed("T4R9WD"), by=WHOLESALER).facts["reason"] == "recalled_class_1"


def test_a_regulator_recalls_and_a_stranger_does_not(after, state):
    before = state()
    assert after("recall", GTIN, LOT, 1, "sterility", by=PHARMACY).code == 1
    assert state() == before
    assert after("recall", GTIN, LOT, 1, "sterility", by=AGENCY).code == 0


def test_nothing_is_recalled_yet(after):
    done = after("recalled", GTIN, LOT, by=PHARMACY)
    assert done.code == 0
    assert "Nothing of lot 8.1 is recalled." in done.output


def record(**fields):
    """An enforcement record of an invented recall."""
    return {
        "classification": "Class II",
        "status": "Ongoing",
        "recall_number": "D-0001-2026",
        "product_description": "Example tablets, UPC 506000100012",
        "code_info": "Lot # AL2503, exp 02/2040; lot AL9999",
        "reason_for_recall": "Subpotent drug: below specification at 12 months",
        "report_date": "20261101",
        "product_type": "Drugs",
        **fields,
    }


def test_an_enforcement_record_recalls_the_lot_that_it_names(supply, tmp_path):
    """Of a product with an NDC, which the GTIN is made of."""
    product, lot = "00354868012342", "AL2503"
    ndc = "54868-0123-4"
    file = tmp_path / "record.json"
    file.write_text(json.dumps({"results": [record(product_description=f"Tablets, NDC {ndc}")]}), "utf-8")
    (found,) = read_recalls(file)
    (product,) = found.gtins
    assert supply("authorise", product, MAKER, by=AGENCY).code == 0
    assert supply("commission", product, lot, 10, "2040-02-29", by=MAKER).code == 0
    assert supply("commission", product, "AL2504", 10, "2040-02-29", by=MAKER).code == 0
    done = supply("recall_from", file, "D-0001-2026", by=MAKER)
    assert (done.code, done.facts["recallClass"], done.facts["reason"]) == (0, 2, "potency")
    assert list(done.facts["recalled"].values()) == [{str(MAKER): 10}]
    told = supply("recalled", product, "AL2504", by=MAKER)
    assert "Nothing of lot" in told.output


def test_people_may_write_the_command_with_a_dash():
    assert vars(script)["recall-from"] is script.recall_from


def test_a_record_that_names_no_lot_here_is_refused(after, tmp_path, state):
    before = state()
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record()), "utf-8")
    done = after("recall_from", file, by=MAKER)
    assert (done.code, done.facts["refused"][0]["reason"]) == (1, "names no lot of your lot book")
    assert after("recall_from", file, 1, by=MAKER).code == 1
    assert state() == before


@beside(REAL_RECALLS, "real recalls")
def test_every_real_record_is_refused_with_a_sentence_where_none_of_its_lots_is_here(after, party, tmp_path, state):
    before = state()
    maker, refused = party(MAKER), 0
    for found in read_recalls(REAL_RECALLS):
        report = Report("supply", "recall_from", tmp_path / "real", Console(quiet=True))
        with pytest.raises(CarechainError) as error:
            maker.recall_from(found, report)
        assert error.value.problem == "names no lot of your lot book"
        refused += 1
    assert refused > 30
    assert state() == before


def test_every_reason_of_a_recall_has_a_word(after):
    done = after("recall", GTIN, LOT, 1, "boredom", by=MAKER)
    assert done.code == 1
    assert all(reason.name.lower() in done.output for reason in RecallReason)


# ---------------------------------------------------------------------- bad calls


@pytest.mark.parametrize(
    ("function", "arguments", "by", "place"),
    [
        ("ingest", (), MAKER, "The call"),
        ("ingest", (EXAMPLES / "1-made.json",), None, "The organisation"),
        ("ingest", (EXAMPLES / "1-made.json",), 999, "Organisation 999"),
        ("ingest", (EXAMPLES / "1-made.json",), "nobody", "The organisation nobody"),
        ("ingest", (EXAMPLES / "1-made.json", "colour=blue"), MAKER, "The option colour"),
        ("ingest", (EXAMPLES / "1-made.json", "parties=/no/such/file"), MAKER, "/no/such/file"),
        ("authorise", (GTIN,), AGENCY, "The call"),
        ("authorise", ("09506000100013", MAKER), AGENCY, "The GTIN"),
        ("authorise", (GTIN, MAKER, "low=cold"), AGENCY, "The temperature low=cold"),
        ("authorise", (GTIN, MAKER, "high=400"), AGENCY, "The temperature high=400"),
        ("authorise", (GTIN, MAKER, "high=nan"), AGENCY, "The temperature high=nan"),
        ("commission", (GTIN, LOT, 0, "2040-02-29"), MAKER, "The number of units 0"),
        ("commission", (GTIN, LOT, 16_777_216, "2040-02-29"), MAKER, "The number of units 16777216"),
        ("commission", (GTIN, LOT, 9, "29.2.2040"), MAKER, "The expiry 29.2.2040"),
        ("release", (GTIN, "NONE", EXAMPLES / "1-made.json"), INSPECTOR, f"Lot NONE of {GTIN}"),
        ("release", (GTIN, LOT, EXAMPLES / "1-made.json", "quality=fine"), INSPECTOR, "The quality fine"),
        ("export", (GTIN, LOT), MAKER, "The call"),
        ("export", (GTIN, "8.99", "lot.json"), MAKER, f"Lot 8.99 of {GTIN}"),
        ("passport", ("(01)1(21)2",), MAKER, "The scan (01)"),
        ("verify", (), MAKER, "The call"),
        ("trace", (printed("NEVERMADE"),), MAKER, "The pack"),
        ("recall", (GTIN, LOT, 4, "potency"), MAKER, "The class 4"),
        ("recall_from", ("/no/such/file.json",), MAKER, "/no/such/file.json"),
        ("recalled", (GTIN,), MAKER, "The call"),
        ("acknowledge", (GTIN, "NONE"), MAKER, f"Lot NONE of {GTIN}"),
    ],
)
def test_a_call_that_cannot_be_taken_is_refused(supply, state, function, arguments, by, place):
    before = state()
    done = supply(function, *arguments, by=by)
    assert (done.code, done.refused) == (1, [place])
    assert state() == before


def test_on_a_public_chain_the_organisation_is_that_of_the_key(supply, monkeypatch):
    monkeypatch.setattr(scripts.supply_party, "is_local", lambda chain: False)
    monkeypatch.setattr("scripts.organisations.is_local", lambda chain: False)
    monkeypatch.setattr("scripts.suite.is_local", lambda chain: False)
    assert supply("ingest", EXAMPLES / "1-made.json").refused == ["Chain 31337"]
