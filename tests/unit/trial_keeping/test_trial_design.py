"""A trial's design as its sponsor keeps it: what is committed to, by whom it can be recomputed, and read back."""

import json
from hashlib import sha256

import pytest
import rfc8785

from carechain.errors import CarechainError
from carechain.merkle_log import leaf_hash, verify_inclusion
from carechain.registries.reading import read_record
from carechain.registries.record import Outcome, OutcomeKind
from carechain.trials.commitment import PUBLIC, Document
from carechain.trials.design import DOCUMENTS, TrialDesign, design_of, outcomes_in_order
from scripts.suite import ROOT

FILES = ROOT / "examples" / "trials"
RECORD = read_record(FILES / "record.json")


@pytest.fixture
def documents():
    files = ("protocol-1.md", "analysis-plan.md", "consent-form-1.md")
    return {name: Document.of(FILES / file) for name, file in zip(DOCUMENTS, files, strict=True)}


def test_anybody_recomputes_a_public_outcome(documents):
    design = design_of(RECORD, documents, public=True)
    facts = {
        "kind": "primary",
        "measure": "Change in 24-hour cough frequency",
        "timeFrame": "Baseline to week 12",
        "description": "",
    }
    leaf = sha256(b"\0" + bytes(32) + rfc8785.dumps(facts)).digest()
    tree = design.tree()
    assert verify_inclusion(leaf, 0, 3, tree.inclusion_proof(0), tree.root())


def test_a_secret_design_is_salted_each_time(documents):
    one, two = (design_of(RECORD, documents, public=False) for _ in range(2))
    assert one.tree().root() != two.tree().root()
    assert all(each.salt != PUBLIC for each in one.outcomes)


def test_a_registration_has_every_commitment_and_number(documents):
    design = design_of(RECORD, documents, public=True)
    found = design.registration(24, 39, 0, 20_000)
    assert (found.outcomes, found.primaries, found.enrolment_cap, found.purpose) == (3, 1, 24, 39)
    assert (found.started_on, found.planned_completion) == (0, 20_000)
    assert found.protocol == documents["protocol"].commitment
    assert found.outcomes_root == design.tree().root()
    assert found.data_set == leaf_hash(PUBLIC + rfc8785.dumps(design.data_set))
    assert [kind for kind, *_ in design.identifiers] == ["NCT", "EU CT", "sponsor"]


def test_a_document_is_salted_and_proven_later(documents):
    known = documents["protocol"]
    assert known.commitment == leaf_hash(known.salt + (FILES / "protocol-1.md").read_bytes())
    assert known.is_of(FILES / "protocol-1.md")
    assert not known.is_of(FILES / "protocol-2.md")
    assert Document.of(FILES / "protocol-1.md").commitment != known.commitment
    assert Document.from_facts(known.facts()) == known


def test_an_empty_document_is_refused(tmp_path):
    (tmp_path / "empty.md").touch()
    with pytest.raises(CarechainError, match="is empty"):
        Document.of(tmp_path / "empty.md")


def test_a_design_is_kept_and_read_back(documents, tmp_path):
    design = design_of(RECORD, documents, public=False)
    path = tmp_path / "design-0.json"
    design.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert TrialDesign.read(path) == design
    facts = json.loads(path.read_text("utf-8"))
    for wrong in ({**facts, "format": "x"}, {**facts, "outcomes": [{}]}, []):
        path.write_text(json.dumps(wrong), "utf-8")
        with pytest.raises(CarechainError, match="is no design of a trial"):
            TrialDesign.read(path)


def test_outcomes_are_ordered_by_kind_and_one_is_primary():
    other, secondary, primary = (Outcome(kind, kind.value) for kind in reversed(OutcomeKind))
    again = Outcome(OutcomeKind.PRIMARY, "second")
    assert outcomes_in_order([other, secondary, primary, again], "it") == (primary, again, secondary, other)
    for none in ([], [secondary]):
        with pytest.raises(CarechainError, match="it has no primary outcome"):
            outcomes_in_order(none, "it")
