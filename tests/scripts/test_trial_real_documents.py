"""`brownie run trial …` on documents that others wrote: every registry's record is judged and registered, every dataset
anchored, and a record of each proven."""

from __future__ import annotations

import json
import random

import pytest

import scripts.trial as script
from carechain.trials.words import Flag, trial_of
from scripts.suite import ROOT
from scripts.trial_session import Session
from tests.helpers.real_data import SHARED, beside
from tests.scripts.books import chain_with_book

REGISTRIES, DATASETS = SHARED / "trials_ctrdata", SHARED / "cdisc_datasetjson" / "sdtm"
SPONSOR = 14
FILES = ROOT / "examples" / "trials"

RECORDS = {
    "NCT00567567": (True, "2007-12-04", "2007-11-05", 3, 14, 0),
    "NCT01305200": (False, "2011-02-25", "2011-03", 1, 10, 1),
    "NCT03275402": (False, "2017-09-06", "2018-12-11", 1, 0, 0),
    "NCT03548584": (False, "2018-05-07", "2018-05-16", 1, 8, 0),
    "2016-004489-24-DE": (False, "2018-04-13", "2019-01-18", 1, 1, 0),
    "2022-500244-37-00": (False, "2022-04-19", "2022-06-01", 1, 8, 0),
    "12949496": ("unknown", None, "2015-11-01", 1, 1, 0),
    "61070850": ("unknown", None, "2007-01-10", 6, 2, 0),
}
"""By file: whether it was late, when it was registered and when it started, and its primary, secondary and other
outcomes."""


@pytest.fixture
def trial(run, deployed, tmp_path):
    def run_for(function, *arguments, by=None):
        acting = () if by is None else (f"as={by}", f"kept={tmp_path / 'kept'}")
        return run(function, *arguments, *acting)

    return run_for


@pytest.fixture
def ledger(deployed, tmp_path):
    return Session(chain_with_book(tmp_path / "book.json"), {}).ledger


@beside(REGISTRIES, "no record of a registry")
def test_every_record_of_a_registry_is_stated():
    assert {path.stem for path in REGISTRIES.glob("*.json")} == set(RECORDS)


@beside(REGISTRIES, "no record of a registry")
@pytest.mark.parametrize("name", RECORDS)
def test_a_registry_record_goes_through(trial, ledger, name):
    late, registered, started, *counts = RECORDS[name]
    done = trial(
        script.register,
        REGISTRIES / f"{name}.json",
        "documents=later",
        *(["completion=2030-01-31", "cap=20"] if name in ("12949496", "61070850") else []),
        by=SPONSOR,
    )
    assert done.code == 0, done.output
    assert (done.facts["late"], done.facts["registered"], done.facts["started"]) == (late, registered, started)
    kinds = [each["kind"] for each in done.facts["outcomes"]]
    assert [kinds.count(kind) for kind in ("primary", "secondary", "other")] == counts
    found = ledger.trial(trial_of(SPONSOR, 1))
    assert (found.outcomes, found.primaries) == (sum(counts), counts[0])
    # Whatever the registry says of itself: on this chain it is registered today.
    has_begun = started is not None and name != "2022-500244-37-00"
    assert (Flag.LATE in found.flags) == (has_begun and started < "2026")


@beside(DATASETS, "no dataset of CDISC's")
@pytest.mark.parametrize("path", sorted(DATASETS.glob("*.json")), ids=lambda path: path.stem)
def test_a_dataset_of_cdisc_goes_through(trial, tmp_path, path):
    trial(script.register, FILES / "record.json", "documents=later", by=SPONSOR)
    trial(script.open_stream, "14.1", SPONSOR, by=SPONSOR)
    done = trial(script.anchor, "14.1", path, by=SPONSOR)
    assert done.code == 0, done.output
    rows = json.loads(path.read_text("utf-8"))["rows"]
    assert done.facts["records"] == len(rows)
    number = random.Random(path.stem).randint(1, len(rows))
    shown = trial(script.prove, "14.1", path, number, tmp_path / "proof.json", by=SPONSOR)
    checked = trial(script.verify, shown.facts["record"], tmp_path / "proof.json", shown.facts["root"])
    assert checked.code == 0, checked.output
    assert checked.facts["number"] == number


@beside(DATASETS, "no define.xml")
def test_a_define_xml_has_nothing_to_anchor(trial, state):
    trial(script.register, FILES / "record.json", "documents=later", by=SPONSOR)
    trial(script.open_stream, "14.1", SPONSOR, by=SPONSOR)
    before = state()
    done = trial(script.anchor, "14.1", DATASETS / "define.xml", by=SPONSOR)
    assert done.code == 1
    assert "ODM without clinical data" in " ".join(done.output.split())
    assert state() == before
