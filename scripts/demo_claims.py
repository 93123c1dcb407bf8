"""The demonstration's part about insurance claims: from a payer's reserve to a remittance made from the chain alone.

The files in examples/claims are what a payer, a hospital and their members would have.
"""

from __future__ import annotations

from carechain.claims.member_file import read_members
from carechain.claims.names import ClaimName
from carechain.claims.plan_file import load_plan
from carechain.claims.words import Reason, ReviewerKind, Stage
from scripts import consent as consent_script
from scripts.arguments import day_of
from scripts.claims_cases import decide
from scripts.claims_remit import FORMATS, of_provider, tell, write
from scripts.claims_sending import send_files, set_payee
from scripts.claims_session import Session
from scripts.demo_steps import DAY, EXAMPLES, Demo
from scripts.payer import admit_provider, enrol_members, name_reviewer, open_reserve, publish_plan, put_aside
from scripts.suite import scratch

FILES = EXAMPLES / "claims"
HOSPITAL, PAYER, REVIEWER, APPEALS, INDEPENDENT = 1, 19, 20, 21, 22
"""Organisations of examples/organisations.yaml."""
FUNDS = 10_000_000
"""Cents."""
PARKED, CLEAN = ClaimName(PAYER, HOSPITAL, 0), ClaimName(PAYER, HOSPITAL, 1)
"""Of the claims in professional.837."""
FIRST_OF_TREATMENT = ClaimName(PAYER, HOSPITAL, 2)


def run(demo: Demo, patients: consent_script.Session) -> None:
    kept = scratch() / "claims"
    payer = Session(demo.chain, {"as": str(PAYER), "token": "new", "mint": "yes"})
    hospital = Session(
        demo.chain,
        {"as": str(HOSPITAL), "book": str(kept / "hospital"), "directory": str(FILES / "directory.yaml")},
    )
    reviewers = {
        number: Session(demo.chain, {"as": str(number), "book": str(kept / str(number))})
        for number in (REVIEWER, APPEALS)
    }
    prepare(demo, payer, hospital, patients)
    settle(demo, hospital)
    refuse_duplicates(demo, hospital)
    reach_maximum(demo, hospital)
    review(demo, hospital, reviewers)
    recoup(demo, payer, hospital)
    remit(demo, hospital)


def prepare(demo: Demo, payer: Session, hospital: Session, patients: consent_script.Session) -> None:
    with demo.step("A payer funds a reserve, publishes a plan and enrols members, who consent") as report:
        open_reserve(payer, report)
        put_aside(payer, FUNDS, report)
        publish_plan(payer, load_plan(FILES / "plan.yaml"), report)
        enrol_members(payer, read_members(FILES / "members.yaml"), report)
        for reviewer, kind in (
            (REVIEWER, ReviewerKind.INTERNAL),
            (APPEALS, ReviewerKind.INTERNAL),
            (INDEPENDENT, ReviewerKind.EXTERNAL),
        ):
            name_reviewer(payer, reviewer, kind, report)
        admit_provider(payer, HOSPITAL, (day_of("2024-01-01"), day_of("2060-12-31")), report)
        set_payee(hospital, PAYER, str(hospital.sender), report)
        for number in (1, 2, 3):
            consent_script.apply_document(patients, FILES / f"consent-{number}.json", report)
        demo.expect("the reserve holds what was put aside", payer.ledger.reserve(PAYER).funds == FUNDS)


def settle(demo: Demo, hospital: Session) -> None:
    with demo.step(
        "A hospital's 837 file: a clean claim is judged and paid in one transaction, another waits"
    ) as report:
        before = balance(hospital)
        sent = send_files(hospital, [FILES / "professional.837"], report)
        claim = hospital.ledger.claim(CLEAN)
        demo.expect("both claims went in one transaction", len(sent.transactions) == 1)
        demo.expect("the hospital has what the claim pays", balance(hospital) - before == claim.paid > 0)
        waits = hospital.ledger.case(PARKED)
        demo.expect("physiotherapy waits for a reviewer, as the plan says", waits.stage is Stage.IN_REVIEW)


def refuse_duplicates(demo: Demo, hospital: Session) -> None:
    with demo.step("The same file again, and the same claim under a new number: nothing is paid twice") as report:
        before = balance(hospital)
        again = send_files(hospital, [FILES / "professional.837"], report)
        demo.expect("the book finds both on the chain", not again.transactions)
        claim, account = hospital.ledger.claim(CLEAN), hospital.ledger.account(PAYER, HOSPITAL)
        entry = claim.entry
        lines = [word for pair in zip(entry.lines, map(int.from_bytes, entry.procedures), strict=True) for word in pair]
        words = (entry.terms, entry.control_number, entry.record, entry.diagnoses, lines, [])
        call = hospital.ledger.functions.submitClaims(PAYER, HOSPITAL, account.claims, [words])
        hospital.send(report, call, "submit a duplicate past the book")
        refusals = hospital.ledger.refusals(PAYER, HOSPITAL)
        demo.expect("past the book, the contract refuses it as a duplicate", len(refusals) == 1)
        demo.refused(
            "a call that was made before",
            "ClaimNumberInvalid",
            lambda: hospital.ledger.send(
                hospital.ledger.functions.submitClaims(PAYER, HOSPITAL, 0, [words]), hospital.sender, "submit again"
            ),
        )
        demo.expect("not a cent was paid", balance(hospital) == before)


def reach_maximum(demo: Demo, hospital: Session) -> None:
    with demo.step("A long treatment: the deductible is met, then the out-of-pocket maximum") as report:
        send_files(hospital, [FILES / "treatment.837"], report)
        claims = [hospital.ledger.claim(ClaimName(PAYER, HOSPITAL, number)) for number in range(2, 9)]
        member, terms = claims[0].entry.member, load_plan(FILES / "plan.yaml").benefits.terms
        period = hospital.ledger.periods(PAYER, member)[0]
        demo.expect("the deductible is met, and no more of it", period.deductible == terms.deductible)
        demo.expect("the patient has paid the maximum, to the cent", period.out_of_pocket == terms.out_of_pocket)
        demo.expect("the last claim is paid whole", claims[-1].paid == claims[-1].entry.charge)


def review(demo: Demo, hospital: Session, reviewers: dict[int, Session]) -> None:
    with demo.step("The claim that waited is denied by a reviewer, and won on appeal before another") as report:
        ledger = hospital.ledger
        decide(reviewers[REVIEWER], ledger.claim(PARKED), ["deny:1=not-necessary"], report)
        demo.expect("a person denied it, and said why", reasons(hospital) == {Reason.NOT_NECESSARY})
        grounds = hospital.document(scratch() / "claims" / "hospital", str(FILES / "plan.yaml"), "appeal")
        hospital.act(report, PARKED, lambda evidence: ledger.functions.appeal(evidence, grounds), "appeal")
        demo.refused(
            "the reviewer deciding about the appeal against itself",
            "ReviewerNotEligible",
            lambda: decide(reviewers[REVIEWER], ledger.claim(PARKED), ["approve"], report),
        )
        before = balance(hospital)
        decide(reviewers[APPEALS], ledger.claim(PARKED), ["approve"], report)
        demo.expect("the appeal is won, and paid at once", balance(hospital) - before == ledger.claim(PARKED).paid > 0)


def recoup(demo: Demo, payer: Session, hospital: Session) -> None:
    with demo.step("The payer asks for a payment back; nobody contests it, and it is withheld from the next") as report:
        ledger = hospital.ledger
        clocks = ledger.reserve(PAYER).clocks
        overpaid = ledger.claim(FIRST_OF_TREATMENT).paid
        demo.pass_time((clocks.appeal_days + 1) * DAY)
        grounds = payer.document(scratch() / "claims" / "payer", str(FILES / "plan.yaml"), "refund")
        payer.act(
            report,
            FIRST_OF_TREATMENT,
            lambda evidence: ledger.functions.requestRefund(evidence, Reason.NOT_FURNISHED, grounds),
            "ask for a refund",
        )
        enforce = FIRST_OF_TREATMENT, ledger.functions.enforceDeadline
        demo.refused(
            "taking it before the hospital could contest it",
            "ClaimStageInvalid",
            lambda: payer.act(report, *enforce, "enforce a deadline"),
        )
        demo.pass_time((clocks.appeal_days + 1) * DAY)
        payer.act(report, *enforce, "end the time to contest it")
        demo.expect("what was paid is owed", ledger.account(PAYER, HOSPITAL).owed == overpaid)
        before = balance(hospital)
        send_files(hospital, [FILES / "institutional.837"], report)
        left = overpaid - ledger.account(PAYER, HOSPITAL).owed
        demo.expect("the next payment is withheld, and seen to be", balance(hospital) == before and left > 0)


def remit(demo: Demo, hospital: Session) -> None:
    with demo.step(
        "Remittances from the chain alone, as X12 835 and FHIR: they balance, and are what was received"
    ) as report:
        found = of_provider(hospital, HOSPITAL)
        tell(hospital, found, report)
        files = [path for kind in FORMATS for path in write(found, scratch() / "claims" / "remittances" / kind, kind)]
        demo.expect("each was written, read back, and says the same", len(files) == len(FORMATS) * len(found))
        paid = sum(each.paid for each in found)
        demo.expect("together they are what the hospital received", paid == balance(hospital))
        statuses = {claim.status for each in found for claim in each.claims}
        demo.expect("there are payments and reversals among them", {"1", "22"} <= statuses)


# ------------------------------------------------------------------ what is checked


def balance(hospital: Session) -> int:
    """Of the hospital's payee, in cents."""
    reserve = hospital.ledger.reserve(PAYER)
    held = hospital.chain.ask(
        hospital.token(reserve.token).functions.balanceOf(str(hospital.sender)), "asking for a balance"
    )
    return int(held) // 10**reserve.scale


def reasons(hospital: Session) -> set[Reason]:
    """Of the lines of the claim that waited."""
    return {outcome.reason for outcome in hospital.ledger.claim(PARKED).outcomes}
