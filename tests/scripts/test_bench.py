"""The benchmark measures everything it names, beside others, and keeps it. How fast anything is, is not tested."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from carechain.fhir.bundle import parse_bundle
from carechain.labelling import Labelling
from scripts import bench
from scripts.bench_bundle import bundle_of
from scripts.bench_merkle import Ours, Pymerkle
from scripts.bench_merkle import main as measure_tree
from scripts.suite import ROOT
from tests.scripts.books import chain_with_book

TINY = bench.Sizes(
    leaves=50,
    proofs=5,
    sealed_bytes=2_000,
    wrapped_keys=2,
    shard_bytes=3_000,
    batches=(1, 4),
    anchors=2,
    bundle_bytes=30_000,
    units=800,
    trial_records=3_000,
    claims=40,
)
PEERS = {
    "merkle": "pymerkle",
    "encryption.seal": bench.BARE,
    "encryption.unseal": bench.BARE,
    "shards.encode": "galois",
    "shards.decode": "galois",
}


@pytest.fixture(scope="module")
def reports(module_isolation, tmp_path_factory):
    """The folder of the reports of one whole run, small, on this chain."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "REPORTS", folder / "reports")
        patch.setattr(bench, "SIZES", TINY)
        patch.setattr(bench, "REPETITIONS", 1)
        patch.setattr(bench, "connect", lambda: chain_with_book(folder / "book.json"))
        bench.main()
    return folder / "reports"


@pytest.fixture
def into(tmp_path, monkeypatch):
    """A folder for the reports of the run that a test makes."""
    monkeypatch.setattr(bench, "REPORTS", tmp_path)
    monkeypatch.setattr(bench, "SIZES", TINY)
    monkeypatch.setattr(bench, "REPETITIONS", 1)
    return tmp_path


def facts(folder: Path, name: str = "bench.json"):
    return json.loads((folder / name).read_text("utf-8"))


def test_works_that_are_compared_take_turns(monkeypatch):
    monkeypatch.setattr(bench, "REPETITIONS", 2)
    done = []
    assert len(bench.rates(1, lambda: done.append("ours"), lambda: done.append("theirs"))) == 2
    assert done == ["ours", "theirs"] * 3


def test_a_busy_machine_is_said(into, monkeypatch, capsys):
    for load, said in ((0.1, False), (1.5, True)):
        monkeypatch.setattr(bench.os, "getloadavg", lambda load=load: (load, load, load))
        bench.main("encryption")
        assert ("other programs are running" in capsys.readouterr().out) == said
        assert ("notes" in facts(into, "bench-main.json")) == said


def test_every_section_has_rows_with_a_value_and_a_unit(reports):
    rows = facts(reports)["rows"]
    assert {name.partition(".")[0] for name in rows} == set(bench.SECTIONS)
    for row in rows.values():
        assert row["value"] > 0
        assert row["unit"]
        assert row["of"]


def test_what_others_can_do_too_is_measured_beside(reports):
    rows = facts(reports)["rows"]
    for start, peer in PEERS.items():
        measured = [row for name, row in rows.items() if name.startswith(start)]
        assert measured
        assert all(row["beside"][peer] > 0 for row in measured)


def test_the_machine_is_named(reports):
    assert facts(reports)["machine"].keys() == {"cpu", "cores", "python"}


def test_the_figures_are_for_their_user_alone(reports):
    assert stat.S_IMODE((reports / "bench.json").stat().st_mode) == 0o600


def test_a_part_leaves_the_figures_of_the_whole_alone(into, capsys):
    bench.main("encryption")
    assert {name.partition(".")[0] for name in facts(into, "bench-main.json")["rows"]} == {"encryption"}
    assert not (into / "bench.json").exists()
    assert "encryption.seal_1_kB" in capsys.readouterr().out


def test_an_unknown_section_is_refused(into):
    with pytest.raises(SystemExit) as stop:
        bench.main("encryption", "poetry")
    assert stop.value.code == 1
    (refusal,) = facts(into, "bench-main.json")["refused"]
    assert refusal["element"] == "The section poetry"


def test_a_record_costs_less_gas_in_a_larger_batch(reports):
    rows = facts(reports)["rows"]
    one, four = (rows[f"gas.record_of_{count}"]["value"] for count in TINY.batches)
    assert one / 5 < four < one / 3


def test_both_trees_are_of_the_same_entries():
    assert Ours(50).root == Pymerkle(50).root


@pytest.mark.parametrize("whose", ["carechain", "pymerkle"])
def test_a_tree_is_measured_whole(whose):
    measured = measure_tree(whose, 50, 5)
    assert measured.keys() == {
        "build",
        "memory",
        "inclusion",
        "verify_inclusion",
        "consistency",
        "verify_consistency",
    }
    assert min(measured.values()) > 0


def test_the_bundle_is_of_the_length_asked_for_and_always_the_same():
    content = bundle_of(100_000, 1)
    assert 100_000 <= len(content) < 150_000
    assert content == bundle_of(100_000, 1) != bundle_of(100_000, 2)


def test_the_bundle_is_one_that_is_taken_in():
    labelling = Labelling.load(ROOT / "examples" / "labelling.yaml")
    taken = parse_bundle(bundle_of(300_000, 1), "bundle.json", labelling)
    assert {record.identity.partition("/")[0] for record in taken.records} >= {"Patient", "Observation", "Claim"}
