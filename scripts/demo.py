"""The whole suite on a chain of its own, from deployment on: `make demo`.

It runs the scripted workflows on the documents in examples/ and plays the people around them: a registrar who acts with
a delay, a guardian who pauses, a provider who breaks the glass, a reviewer, a parent, a patient who loses a key.
"""

from __future__ import annotations

import json
import secrets
from datetime import date
from functools import partial
from typing import Any

from eth_account.signers.local import LocalAccount
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from carechain import data_categories, purpose_of_use
from carechain.chain import Sent
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms, day_number
from carechain.consents import PERMITTED, STATUSES, Consents, DocumentCommitment, Recorded
from carechain.errors import CarechainError
from carechain.fhir.directory import Directory
from carechain.governed import call_governed
from carechain.organisations import read_organisations
from carechain.relayer import Relayer
from carechain.report import WIDTH, Report
from carechain.typed_data import presented_consent_values
from carechain.wallet import Wallet
from scripts import consent, demo_claims, demo_records, demo_supply, demo_trial, deploy, participants
from scripts.custody import Custody
from scripts.demo_steps import DAY, EXAMPLES, GUARDIAN, PATIENT, REGISTRAR, SUPERVISOR, Demo, Step
from scripts.suite import REPORTS, connect, scratch

# Prices move; these are stated so that anyone can put in today's.
COSTS = {"mainnet, 1 gwei": 1.0, "layer 2, 0.01 gwei": 0.01}
USD_PER_ETHER = 3_000


def main() -> None:
    """Runs every step; ends with exit code 1 at the first that doesn't hold."""
    console = Console(highlight=False, width=None if Console().is_terminal else WIDTH)
    demo = Demo(connect(), console)
    console.print("[bold]Carechain: facts that several parties must agree on, and nobody's health data[/bold]")
    try:
        deploy_suite(demo)
        session = consent.Session(
            demo.chain,
            Consents(demo.chain),
            Directory.load(EXAMPLES / "directory.yaml"),
            {"receipts": str(scratch() / "receipts")},
        )
        accredit_with_delay(demo)
        apply_documents(demo, session)
        ask(demo, session)
        demo_records.run(demo, Custody(session, session.named))
        relay_batch(demo, session)
        present(demo, session)
        pause(demo, session)
        represent_and_recover(demo, session)
        suspend(demo, session)
        withdraw(demo, session)
        demo_supply.run(demo)
        demo_trial.run(demo, session)
        demo_claims.run(demo, session)
        summary(demo)
    except CarechainError as error:
        console.print(f"\n[bold red]The demonstration stopped.[/bold red] {escape(str(error))}")
        raise SystemExit(1) from None


def deploy_suite(demo: Demo) -> None:
    with demo.step("The suite is deployed, and its deployer gives everything away") as report:
        governance = deploy.local_governance(demo.chain)
        founders = read_organisations(str(deploy.LOCAL_FOUNDERS), demo.chain)
        quiet = Report("deploy", "main", scratch(), Console(quiet=True))
        deploy.deploy(demo.chain, demo.account(0), governance, founders, quiet)
        sizes = [sent for sent in quiet.transactions if sent.what.startswith("deploy ")]
        for sent in sizes:
            report.sent(sent)
        report.sent(merged("roles, founders and hand-over", [s for s in quiet.transactions if s not in sizes]))
        participants.tell_participants(demo.chain, report)
        manager = demo.chain.contract("Governance").functions
        deployer = demo.chain.web3.eth.accounts[0]
        held = [demo.chain.ask(manager.hasRole(role, deployer), "asking for a role")[0] for role in range(4)]
        demo.expect("the deployer's key holds no role", not any(held))


def accredit_with_delay(demo: Demo) -> None:
    with demo.step(
        "A pharmacy is accredited: the registrar schedules, the guardian could cancel, a day later it counts"
    ) as report:
        operator = demo.chain.web3.eth.accounts[18]
        file = scratch() / "pharmacy.yaml"
        file.write_text(
            "organisations: [{name: Market Square Pharmacy, roles: [pharmacy], licence: PHA-0014, "
            f"licence_expiry: 2050-12-31, operator: '{operator}'}}]\n",
            "utf-8",
        )
        register = demo.chain.contract("Participants").functions
        participants.accredit_file(demo.chain, str(file), demo.account(REGISTRAR), report)
        demo.expect("nobody is accredited yet", standing(demo, operator) == 0)
        demo.pass_time(DAY + 1)
        participants.accredit_file(demo.chain, str(file), demo.account(REGISTRAR), report)
        demo.expect("after the delay it is in standing", standing(demo, operator) == 1)
        demo.refused(
            "a stranger suspending it",
            "AccessManagedUnauthorized",
            lambda: demo.chain.send(register.suspend(19, 0, b"\0" * 32), demo.account(19), "suspend"),
        )


def merged(what: str, sent: list[Sent]) -> Sent:
    """Several transactions as one line."""
    last = sent[-1]
    size = sum(s.calldata_bytes for s in sent)
    return Sent(f"{what} ({len(sent)} transactions)", last.hash, last.block, sum(s.gas for s in sent), size)


def standing(demo: Demo, operator: str) -> int:
    register = demo.chain.contract("Participants").functions
    return int(demo.chain.ask(register.standingOfOperator(operator, 0), "asking for a standing")[0])


def apply_documents(demo: Demo, session: consent.Session) -> None:
    with demo.step("FHIR Consent documents become signed terms, relayed so that the patient needs no ether") as report:
        for name in ("treatment.json", "research.json", "exceptions.json"):
            consent.apply_document(session, EXAMPLES / "consents" / name, report)
        refusals = Report("demo", "refusal", scratch(), Console(quiet=True))
        consent.apply_document(session, EXAMPLES / "consents" / "practitioner.json", refusals)
        demo.expect("a consent that would widen to a whole hospital is refused", refusals.has_refusals)
        for refusal in refusals.refusals:
            report.say(f"    {refusal['element']} {refusal['reason']}")


def ask(demo: Demo, session: consent.Session) -> None:
    with demo.step("May they? The registry answers, and says why not") as report:
        day = day_number(date(2024, 6, 1))
        rows = []
        for grantee, purpose, categories, expected in (
            (1, "COC", "Observation", "permitted"),
            (1, "COC", "Observation,HIV", "permitted"),
            (1, "COC", "Observation,PSY", "category not covered"),
            (1, "HMARKT", "Observation", "purpose not covered"),
            (2, "TREAT", "Observation", "not granted"),
        ):
            classes = consent.categories_of(categories)
            answer, _ = consent.check_use(
                session, PATIENT, grantee, purpose_of_use.index_of(purpose), classes, (day, day)
            )
            rows.append((grantee, purpose, categories, answer))
            demo.expect(f"organisation {grantee}, {purpose}, {categories}: {expected}", answer == expected)
        report.keep(answers=rows)


def relay_batch(demo: Demo, session: consent.Session) -> None:
    with demo.step("A hospital enrols 100 patients: each signs at home, one transaction records them all") as report:
        now = demo.chain.now()
        terms = ConsentTerms(
            purpose_of_use.mask_of("TREAT", "HPAYMT"), data_categories.ALL_CLASSES, now, now + 365 * DAY
        )
        calls = []
        for _ in report.progress(range(100), "patients sign"):
            wallet = Wallet.create()
            key = wallet.key("organisation 1")
            document = DocumentCommitment.of(secrets.token_bytes(64), 1).reference
            calls.append(session.consents.signed_grant(key, Recorded(key.address, 1, Scope.any(), terms, document)))
        sent = Relayer(demo.chain, session.payer).submit_together(calls, "100 signed consents")
        report.sent(sent)
        report.keep(items=100, gasPerItem=sent.gas / 100)
        demo.expect(f"{sent.gas / 100:,.0f} gas a patient, first consent, signature checked", sent.gas < 100 * 33_500)


def present(demo: Demo, session: consent.Session) -> None:
    with demo.step("A consent that is never recorded: signed, shown when it is used, withdrawn by one bit") as report:
        registry = demo.chain.contract("ConsentRegistry").functions
        key = Wallet.create().towards(2)
        now = demo.chain.now()
        # Presented consents are stamped with the patient's last "revoke all"; this one never revoked anything.
        terms = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.classes_of("Specimen"), now, now + DAY)
        document = DocumentCommitment.of(b"a form that was signed at the desk", 1).reference
        values = presented_consent_values(key.address, 2, Scope.any(), terms, document, 0)
        signature = session.consents.domain.sign(key, "PresentedConsent", values)
        shown = (key.address, 2, Scope.any().to_bytes(), terms.pack(), document, 0, signature)
        purpose, specimen = purpose_of_use.index_of("TREAT"), data_categories.class_bit("Specimen")

        def answer() -> str:
            return STATUSES[demo.chain.ask(registry.checkPresented(shown, purpose, specimen, 0, 0), "checking")]

        demo.expect("shown to the registry, it permits; nothing was written", answer() == STATUSES[PERMITTED])
        revocation = {"patient": key.address, "revokedAllAt": 0, "number": 0}
        call = registry.revokePresentedBySignature(
            key.address, 0, 0, session.consents.domain.sign(key, "RevokePresented", revocation)
        )
        report.sent(demo.chain.send(call, session.payer, "withdraw the presented consent"))
        demo.expect("withdrawn, it permits nothing", answer() == "revoked")


def pause(demo: Demo, session: consent.Session) -> None:
    with demo.step("The guardian pauses: nobody can submit grants for others, everybody can still withdraw") as report:
        registry = demo.chain.contract("ConsentRegistry").functions
        guardian = demo.account(GUARDIAN)
        report.sent(call_governed(demo.chain, registry.pauseRelaying(), guardian, "pause relaying").sent)
        key = Wallet.create().towards(1)
        terms = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES)
        grant = session.consents.signed_grant(key, Recorded(key.address, 1, Scope.any(), terms, b"\0" * 32))
        relayer = Relayer(demo.chain, session.payer)
        demo.refused("a signed grant", "RelayingIsPaused", lambda: relayer.submit_together([grant], "grant"))
        revocation = session.consents.signed_revocation(key, key.address, 1, Scope.any())
        report.sent(relayer.submit_together([revocation], "a signed revocation, during the pause"))
        demo.expect("a signed revocation is on record", session.consents.terms(key.address, 1, Scope.any()).stamp > 0)
        report.sent(call_governed(demo.chain, registry.resumeRelaying(), guardian, "resume relaying").sent)


def represent_and_recover(demo: Demo, session: consent.Session) -> None:
    with demo.step(
        "A parent acts until the child is of age; a lost key is replaced by guardians, after a delay"
    ) as report:
        registry = demo.chain.contract("ConsentRegistry").functions
        domain = session.consents.domain
        child, parent = Wallet.create().towards(1), Wallet.create().key("for my child")
        of_age = demo.chain.now() + 10 * 365 * DAY
        values = {"patient": child.address, "representative": parent.address, "kind": 0, "until": of_age, "version": 1}
        call = registry.appointRepresentativeBySignature(
            child.address, parent.address, 0, of_age, 1, domain.sign(child, "AppointRepresentative", values)
        )
        report.sent(demo.chain.send(call, session.payer, "the child's key appoints the parent"))
        terms = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES)
        grant = session.consents.signed_grant(parent, Recorded(child.address, 1, Scope.any(), terms, b"\0" * 32))
        report.sent(Relayer(demo.chain, session.payer).submit_together([grant], "the parent consents for the child"))
        demo.expect("the parent may act for the child", session.consents.may_act_for(child.address, parent.address))

        patient, new_key = Wallet.create().towards(1), Wallet.create().towards(1)
        guardians = [Wallet.create().key(f"guardian of a friend, {n}") for n in range(3)]
        named = [guardian.address for guardian in guardians]
        plan = {"patient": patient.address, "guardians": named, "threshold": 2, "delay": 3 * DAY, "version": 1}
        call = registry.planRecoveryBySignature(
            patient.address, named, 2, 3 * DAY, 1, domain.sign(patient, "PlanRecovery", plan)
        )
        report.sent(demo.chain.send(call, session.payer, "the patient names three guardians"))
        for guardian in guardians[:2]:
            report.sent(
                demo.chain.send(
                    approval(registry, domain, patient, new_key, guardian), session.payer, "a guardian approves"
                )
            )
        finish = registry.finishRecovery(patient.address, new_key.address)
        early = partial(demo.chain.send, finish, session.payer, "recover")
        demo.refused("recovery before the delay", "RecoveryNotReady", early)
        demo.pass_time(3 * DAY)
        report.sent(demo.chain.send(finish, session.payer, "the new key is in force"))
        demo.expect("the new key acts", session.consents.may_act_for(patient.address, new_key.address))
        demo.expect("the lost key no longer does", not session.consents.may_act_for(patient.address, patient.address))


def approval(registry: Any, domain: Any, patient: LocalAccount, new_key: LocalAccount, guardian: LocalAccount) -> Any:
    values = {"patient": patient.address, "newKey": new_key.address, "version": 1}
    signature = domain.sign(guardian, "ApproveRecovery", values)
    return registry.approveRecoveryBySignature(patient.address, new_key.address, guardian.address, signature)


def suspend(demo: Demo, session: consent.Session) -> None:
    with demo.step("A hospital is suspended: from this block its keys decide nothing") as report:
        register = demo.chain.contract("Participants").functions
        registry = demo.chain.contract("ConsentRegistry").functions
        general_practice = demo.chain.web3.eth.accounts[9]
        patient = session.wallet(PATIENT).towards(5).address
        use = (purpose_of_use.index_of("ETREAT"), data_categories.class_bit("Observation"), 0, 0)

        def decision() -> str:
            asked = registry.decide(general_practice, patient, Scope.any().to_bytes(), *use)
            return STATUSES[demo.chain.ask(asked, "asking for a decision")[0]]

        demo.expect("organisation 5 may use what it was given", decision() == STATUSES[PERMITTED])
        call = register.suspend(5, 2, DocumentCommitment.of(b"incident", 1).reference)
        report.sent(call_governed(demo.chain, call, demo.account(SUPERVISOR), "suspend organisation 5").sent)
        demo.expect("suspended, it may use nothing", decision() == "grantee not in standing")


def withdraw(demo: Demo, session: consent.Session) -> None:
    with demo.step("The patient withdraws, and sees who could see what, when, and by which consent") as report:
        planner = session.planner(PATIENT)
        relayer = Relayer(demo.chain, session.payer)
        for bundle in planner.revoke(1):
            report.sent(relayer.submit_together(bundle, "revoke organisation 1"))
        day = day_number(date(2024, 6, 1))
        answer, _ = consent.check_use(
            session, PATIENT, 1, purpose_of_use.index_of("COC"), data_categories.class_bit("Observation"), (day, day)
        )
        demo.expect("the very next check says so", answer == "not granted")
        consent.tell_history(session, PATIENT, report)


def summary(demo: Demo) -> None:
    """The table at the end, and reports/demo.json."""
    total = Step("all steps", sum(s.gas for s in demo.steps), round(sum(s.seconds for s in demo.steps), 2))
    demo.console.print("\n[bold]What it cost[/bold]")
    rows = [
        (
            n or "",
            step.title if n else Text("all steps", style="bold"),
            f"{step.gas:,}",
            *costs(step.gas),
            f"{step.seconds:.1f} s",
        )
        for n, step in [*enumerate(demo.steps, 1), (0, total)]
    ]
    Report("demo", "summary", REPORTS, demo.console).table("", ("", "step", "gas", *COSTS, "time"), rows)
    demo.console.print(f"Costs at {USD_PER_ETHER:,} USD an ether. Everything ran on a local chain, which is gone now.")
    facts = {
        "workflow": "demo",
        "chainId": demo.chain.book.chain_id,
        "usdPerEther": USD_PER_ETHER,
        "gweiPerGas": COSTS,
        "gas": total.gas,
        "seconds": total.seconds,
        "steps": [vars(step) for step in demo.steps],
    }
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / "demo.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")
    demo.console.print("The facts are in reports/demo.json.")


def costs(gas: int) -> list[str]:
    return [f"${gas * gwei * 1e-9 * USD_PER_ETHER:,.4f}" for gwei in COSTS.values()]
