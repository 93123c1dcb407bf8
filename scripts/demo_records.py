"""The demonstration's part about records: they go in, are read as far as consent goes, and every look is accounted for.

The custodian is Riverside Hospital, the doctor who reads works at Good Health Clinic.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace

import pymerkle
from pymerkle.proof import InclusionProof

from carechain import accounting, data_categories
from carechain.access_request import REFUSED
from carechain.accounting import Accounting
from carechain.consent_history import EMERGENCY_STATES
from carechain.consents import DocumentCommitment
from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, EntryKind, LogKind
from carechain.merkle_log import leaf_hash
from carechain.requester import signed_request
from carechain.vault.catalogue import PATIENT as HELD_BY_PATIENT
from scripts import gateway, records
from scripts.consent import EMERGENCY
from scripts.custody import Custody
from scripts.demo_steps import AUDITOR, CLINIC, EXAMPLES, PATIENT, Demo
from scripts.suite import scratch

DOCTOR = 3
"""The number of the clinic whose doctor reads."""
SHARED = "Observation,AllergyIntolerance,MedicationStatement,HIV"
LOST_NODES = 2


def run(demo: Demo, custody: Custody) -> None:
    ingest(demo, custody)
    share_and_read(demo, custody)
    withdraw(demo, custody)
    break_glass(demo, custody)
    lose_nodes(demo, custody)
    correct_and_erase(demo, custody)
    account(demo, custody)


def ingest(demo: Demo, custody: Custody) -> None:
    with demo.step(
        "A patient's FHIR bundle and HL7 v2 messages go in: labelled, encrypted, spread, anchored"
    ) as report:
        for name in ("river-0042.json", "river-0042-admission.hl7", "river-0042-result.hl7"):
            records.ingest_file(custody, EXAMPLES / "records" / name, report)
        taken = [sum(file[kind] for file in report.facts["files"]) for kind in ("new", "corrected")]
        held = custody.vault.catalogue.records(custody.enrolled(PATIENT).id)
        demo.expect(f"{len(held)} records are held, none of them readable by a storage node", len(held) == sum(taken))
        size, _ = custody.log.state(LogKind.RECORDS, custody.number, OWN_STREAM)
        demo.expect(f"the chain has {size} entries for them: salted roots, no names, no codes", 0 < size <= sum(taken))


def share_and_read(demo: Demo, custody: Custody) -> None:
    with demo.step("The patient shares by key; a doctor asks for everything and gets what was consented to") as report:
        gateway.publish_key_of(custody, DOCTOR, report)
        records.consent_to_share(custody, PATIENT, DOCTOR, "TREAT", SHARED, "2040-12-31", report)
        records.share_keys(custody, PATIENT, DOCTOR, report)
        opened = records.read_as(custody, DOCTOR, PATIENT, "TREAT", "all", report)
        permitted = data_categories.classes_of("Observation", "AllergyIntolerance", "MedicationStatement")
        permitted |= data_categories.label_bit("HIV")
        held = custody.vault.catalogue.current(custody.enrolled(PATIENT).id).values()
        expected = {record.leaf for record in held if record.categories & ~permitted == 0}
        demo.expect(
            f"{len(expected)} of {len(held)} records, exactly those of the consent, and each proven",
            {record.leaf for record in opened} == expected and 0 < len(expected) < len(held),
        )
        expect_refused(demo, custody, "HMARKT", "for another purpose: refused")


def withdraw(demo: Demo, custody: Custody) -> None:
    with demo.step("The patient withdraws: the very next read is refused, like one about somebody unknown") as report:
        records.withdraw_from(custody, PATIENT, DOCTOR, report)
        refusal = expect_refused(demo, custody, "TREAT", "the doctor reads nothing any more")
        unknown = answer_to(custody, custody.session.wallet("Patient/nobody").towards(DOCTOR).address, "TREAT")
        demo.expect("about a stranger the answer is the same, to the byte", unknown == refusal)


def break_glass(demo: Demo, custody: Custody) -> None:
    with demo.step(
        "An emergency: the glass is broken, the allergies are read and logged, and somebody reviews"
    ) as report:
        emergencies = demo.chain.contract("EmergencyAccess").functions
        card = custody.session.wallet(PATIENT).key(EMERGENCY).address
        needed = data_categories.classes_of("AllergyIntolerance", "MedicationStatement")
        reason = DocumentCommitment.of(b"found unconscious", 1).reference
        opened = emergencies.openEmergency(card, needed, 0, 3_600, reason)
        report.sent(demo.chain.send(opened, demo.account(CLINIC), "open emergency access for an hour"))
        urgent = replace(custody, named={**custody.named, "emergency": "yes"})
        found = records.read_as(urgent, DOCTOR, PATIENT, "ETREAT", "all", report)
        kinds = {record.resource["resourceType"] for record in found}
        demo.expect(
            "allergies and medicines are there, and nothing else",
            kinds == {"AllergyIntolerance", "MedicationStatement"},
        )
        number = int(demo.chain.ask(emergencies.emergencyCount(), "counting"))
        review = DocumentCommitment.of(b"review", 1).reference
        call = emergencies.reviewEmergency(number, EMERGENCY_STATES.index("justified"), review)
        demo.refused(
            "the clinic, which is no reviewer, judging its own access",
            "OperatorNotInStanding",
            lambda: demo.chain.send(call, demo.account(CLINIC), "review"),
        )
        report.sent(demo.chain.send(call, demo.account(AUDITOR), "the audit office reviews: justified"))
        demo.pass_time(3_600)
        expect_refused(demo, custody, "ETREAT", "after an hour it is over", card)


def lose_nodes(demo: Demo, custody: Custody) -> None:
    with demo.step("Two of five storage nodes are lost: everything is still read, and written anew") as report:
        folders = sorted((scratch() / "private" / "storage").iterdir())
        for folder in folders[:LOST_NODES]:
            shutil.rmtree(folder)
        known = custody.enrolled(PATIENT)
        held = custody.vault.catalogue.records(known.id)
        key = bytes(custody.record_key(PATIENT).key)
        contents = custody.vault.contents(held, HELD_BY_PATIENT, key)
        demo.expect(f"all {len(contents)} records are read from the three that are left", len(contents) == len(held))
        records.repair_storage(custody, report)
        packs = custody.vault.catalogue.packs("stored")
        placements = {pack.id: [r.placement for r in custody.vault.catalogue.records_in(pack.id)] for pack in packs}
        healthy = all(custody.vault.shards.check(pack, placements[pack.id]).healthy for pack in packs)
        demo.expect("every shard is at its node again", healthy)


def correct_and_erase(demo: Demo, custody: Custody) -> None:
    with demo.step(
        "A record is corrected, another erased: the chain keeps both facts, and says nothing more"
    ) as report:
        known = custody.enrolled(PATIENT)
        current = custody.vault.catalogue.current(known.id)
        chosen = next(record for identity, record in current.items() if identity.startswith("AllergyIntolerance/"))
        bundle = scratch() / "correction.json"
        key = bytes(custody.record_key(PATIENT).key)
        resource = json.loads(custody.vault.contents([chosen], HELD_BY_PATIENT, key)[0])
        resource["language"] = "en"
        corrected = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}
        bundle.write_text(json.dumps(corrected), "utf-8")
        records.ingest_file(custody, bundle, report)
        versions = [r for r in custody.vault.catalogue.records(known.id) if r.identity == chosen.identity]
        demo.expect(
            "the earlier version is still there, and the later one points at it", versions[-1].replaces == chosen.leaf
        )
        records.erase_records(custody, PATIENT, [chosen.identity], report)
        demo.expect(
            "no salt and no key of it is left, so what the chain has proves nothing",
            chosen.identity not in custody.vault.catalogue.current(known.id)
            and not any(custody.vault.catalogue.holders(record.id) for record in versions),
        )
        entries = custody.log.entries(LogKind.RECORDS, custody.number, OWN_STREAM)
        demo.expect(
            "the chain tells that a record was corrected and that two versions are erased, not of which",
            [entry.kind for entry in entries][-3:] == [EntryKind.CORRECTION, EntryKind.ERASURE, EntryKind.ERASURE],
        )


def account(demo: Demo, custody: Custody) -> None:
    with demo.step(
        "The patient's complete accounting: who looked, who was refused, proven by a verifier of others"
    ) as report:
        found = records.account_for(custody, PATIENT, report)
        outcomes = Counter(details.outcome for details in map(accounting.details_of, found.decisions) if details)
        demo.expect(
            "one look by consent, one in an emergency, three refusals",
            outcomes == {"granted": 1, "emergency": 1, "denied": 3},
        )
        demo.expect(
            f"all {outcomes.total()} decisions verify with pymerkle, a verifier of Merkle proofs by others",
            peer_accepts(found),
        )
        try:
            accounting.verify(replace(found, decisions=found.decisions[1:]), found.custodian, found.subject)
        except CarechainError as error:
            demo.expect(f"with one look left out it would not: {error.place} {error.problem}", True)
        else:
            demo.expect("an accounting with a look left out is found out", False)
        kept = scratch() / "audit.json"
        for _ in range(2):
            records.audit_logs(custody, custody.number, OWN_STREAM, kept, report)
        demo.expect("an auditor finds that the logs only go on", not report.has_refusals)


def peer_accepts(found: Accounting) -> bool:
    """Whether pymerkle takes every decision's proofs."""
    try:
        for decision in found.decisions:
            size, root = found.logs[decision.subject]
            peer_verify(decision.leaf, decision.position, decision.count, decision.proof, decision.entry[-32:])
            peer_verify(leaf_hash(decision.entry), decision.index, size, decision.entry_proof, root)
    except pymerkle.InvalidProof:
        return False
    return True


def peer_verify(leaf: bytes, index: int, size: int, path: tuple[bytes, ...], root: bytes) -> None:
    """Raises pymerkle's InvalidProof unless the leaf is at this index of the tree. pymerkle counts from 1, begins a
    path with the leaf, and wants to be told on which side each node stands; that depends on index and size alone."""
    rule = pymerkle.InmemoryTree.init_from_entries([b""] * size).prove_inclusion(index + 1, size).rule
    proof = InclusionProof("sha256", True, size, index + 1, rule, [leaf, *path])
    pymerkle.verify_inclusion(leaf, root, proof, index + 1, size)


def expect_refused(demo: Demo, custody: Custody, purpose: str, what: str, patient: str | None = None) -> str:
    address = patient or custody.session.wallet(PATIENT).towards(DOCTOR).address
    answer = answer_to(custody, address, purpose)
    demo.expect(what, answer == REFUSED.to_json())
    return answer


def answer_to(custody: Custody, patient: str, purpose: str) -> str:
    """What the gateway answers the doctor, as it goes over the wire."""
    request = custody.request(patient, purpose, data_categories.class_bit("Observation"))
    signed = signed_request(custody.chain, request, custody.operator(DOCTOR))
    return custody.gateway.answer(signed).to_json()
