"""The benchmark's part about insurance claims: thousands of claims from X12 837 files, settled on a chain.

Files are read, claims coded and sent in calls of a hundred as `claims settle` does it, one call after the other has
been mined; what each claim was paid is read back from the chain's events.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from eth_account import Account
from rich.console import Console

from carechain.chain import Chain
from carechain.claims.adjudication import adjudicate
from carechain.claims.claim_files import read_claim_file
from carechain.claims.judgement import Line
from carechain.claims.member_file import Enrolment
from carechain.claims.names import ClaimName
from carechain.claims.plan_file import load_plan
from carechain.claims.submitted import Kind
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.consents import Consents, Recorded, SignedCall
from carechain.data_categories import class_bit
from carechain.purpose_of_use import mask_of
from carechain.relayer import Relayer
from carechain.report import Report
from scripts.arguments import day_of
from scripts.claims_sending import send_files, set_payee
from scripts.claims_session import Session
from scripts.payer import admit_provider, enrol_members, open_reserve, publish_plan, put_aside
from scripts.suite import ROOT, sender

PLAN = ROOT / "examples" / "claims" / "plan.yaml"
HOSPITAL, PAYER = 1, 19
"""Organisations of examples/organisations.yaml."""
OF_A_MEMBER = 20
"""Claims of each member, on days of their own."""
IN_A_FILE = 500
FIRST_DAY = date(2024, 1, 8)
FUNDS = 1_000_000_000_00
ADJUDICATED = 20_000


@dataclass(frozen=True)
class Measured:
    """One measurement. `of` says what was measured."""

    name: str
    value: float
    unit: str
    of: str


def settled(chain: Chain, count: int) -> Iterator[Measured]:
    """All that is measured of so many claims, on a chain with the suite and the examples' organisations."""
    members = max(1, count // OF_A_MEMBER)
    keys = [Account.from_key((n + 1).to_bytes(32, "big")) for n in range(members)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quiet = Report("bench", "claims", folder, Console(quiet=True))
        _prepare(chain, keys, folder, quiet)
        files = write_files(folder, members, count)
        size = sum(path.stat().st_size for path in files) / count
        of = f"{count:,} claims of two lines in {len(files):,} files of X12 837, {size:.0f} bytes each"
        today = datetime.now(UTC).date()
        began = time.perf_counter()
        documents = [claim for path in files for claim in read_claim_file(path, today).claims]
        yield Measured("read", len(documents) / (time.perf_counter() - began), "claims/s", f"{of}: read alone")
        assert len(documents) == count
        hospital = Session(
            chain, {"as": str(HOSPITAL), "book": str(folder / "book"), "directory": str(folder / "directory.yaml")}
        )
        began = time.perf_counter()
        sent = send_files(hospital, files, quiet)
        seconds = time.perf_counter() - began
        assert sent.counts[Kind.SETTLED] + sent.counts[Kind.PARKED] == count, sent.counts
        calls = f"{len(sent.transactions):,} calls, {sent.counts[Kind.PARKED]} parked"
        said = f"{of}: read, coded, sent and settled in {calls}"
        yield Measured("settle", count / seconds, "claims/s", said)
        gas = sum(transaction.gas for transaction in sent.transactions) / count
        yield Measured("gas_of_claim", gas, "gas", f"{of}: all that was sent, for each")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
        yield Measured("memory", peak, "MB", f"{of}: peak of the process that reads and sends, Brownie and all")
        yield _adjudicated(hospital)


def _prepare(chain: Chain, keys: list[Account], folder: Path, quiet: Report) -> None:
    payer = Session(chain, {"as": str(PAYER), "token": "new", "mint": "yes"})
    plan = load_plan(PLAN)
    open_reserve(payer, quiet)
    put_aside(payer, FUNDS, quiet)
    publish_plan(payer, plan, quiet)
    days = (day_of("2024-01-01"), day_of("2024-12-31"))
    enrolments = [Enrolment("bench", key.address, plan.number, *days, 0, False) for key in keys]
    enrol_members(payer, enrolments, quiet)
    admit_provider(payer, HOSPITAL, (days[0], day_of("2060-12-31")), quiet)
    hospital = Session(chain, {"as": str(HOSPITAL)})
    set_payee(hospital, PAYER, str(hospital.sender), quiet)
    consents = Consents(chain)
    terms = ConsentTerms(purposes=mask_of("HPAYMT"), categories=class_bit("Claim"))
    signed: list[list[SignedCall]] = [
        [consents.signed_grant(key, Recorded(key.address, PAYER, Scope.any(), terms, bytes(31) + b"\1"))]
        for key in keys
    ]
    for outcome in Relayer(chain, sender(chain, index=11)).submit_each(signed, "consents"):
        assert outcome.refusal is None, outcome.refusal
    rows = "\n".join(
        f'  - {{payer: {PAYER}, known_as: ["member|B{n:05}"], pseudonym: "{key.address}"}}'
        for n, key in enumerate(keys)
    )
    (folder / "directory.yaml").write_text(
        f'payers:\n  - {{organisation: {PAYER}, known_as: ["payer|MEADOW19"], plans: ["{PLAN}"]}}\n'
        f'providers:\n  - {{organisation: {HOSPITAL}, known_as: ["npi|1999999976"]}}\nmembers:\n{rows}\n',
        "utf-8",
    )


def _adjudicated(hospital: Session) -> Measured:
    """The plain-Python adjudicator on one of these claims, again and again."""
    claim = hospital.ledger.claim(ClaimName(PAYER, HOSPITAL, 0))
    benefits = load_plan(PLAN).benefits
    lines = [Line.of_word(word) for word in claim.entry.lines]
    began = time.perf_counter()
    for _ in range(ADJUDICATED):
        adjudicate(benefits, lines)
    rate = ADJUDICATED / (time.perf_counter() - began)
    return Measured("adjudicate", rate, "claims/s", "the plain-Python reference, a claim of two lines")


# ------------------------------------------------------------------ files of claims


def write_files(folder: Path, members: int, count: int) -> list[Path]:
    """Claims in turn of every member, each on a day of its own: a visit and a test."""
    files = []
    for start in range(0, count, IN_A_FILE):
        claims = [_claim(n, n % members, n // members) for n in range(start, min(start + IN_A_FILE, count))]
        path = folder / f"{start:07}.837"
        path.write_text(_interchange(start // IN_A_FILE + 1, claims), "utf-8")
        files.append(path)
    return files


def _claim(number: int, member: int, day: int) -> list[str]:
    on = f"{FIRST_DAY + timedelta(days=7 * day):%Y%m%d}"
    return [
        "SBR*P*18*******CI",
        f"NM1*IL*1*EXAMPLE*MEMBER****MI*B{member:05}",
        "N3*2 MEADOW LANE",
        "N4*EXAMPLETOWN*CO*800000001",
        "DMG*D8*19780412*F",
        "NM1*PR*2*MEADOW HEALTH INSURANCE*****PI*MEADOW19",
        f"CLM*BENCH-{number:07}*180***11:B:1*Y*A*Y*Y",
        "HI*ABK:J069",
        "LX*1",
        "SV1*HC:99213*140*UN*1***1",
        f"DTP*472*D8*{on}",
        "LX*2",
        "SV1*HC:80053*40*UN*1***1",
        f"DTP*472*D8*{on}",
    ]


def _interchange(control: int, claims: list[list[str]]) -> str:
    body = [
        "ST*837*0001*005010X222A1",
        f"BHT*0019*00*{control}*20240701*0915*CH",
        "NM1*41*2*RIVERSIDE HOSPITAL*****46*RIVERSIDE",
        "PER*IC*BILLING*TE*5550100100",
        "NM1*40*2*MEADOW HEALTH INSURANCE*****46*MEADOW19",
        "HL*1**20*1",
        "NM1*85*2*RIVERSIDE HOSPITAL*****XX*1999999976",
        "N3*1 RIVER ROAD",
        "N4*EXAMPLETOWN*CO*800000001",
        "REF*EI*999999999",
    ]
    for place, claim in enumerate(claims, 2):
        body += [f"HL*{place}*1*22*0", *claim]
    body.append(f"SE*{len(body) + 1}*0001")
    head = "ISA*00*          *00*          *ZZ*RIVERSIDE      *ZZ*MEADOW19       *240701*0915*^*00501*"
    segments = [
        f"{head}{control:09}*0*P*:",
        f"GS*HC*RIVERSIDE*MEADOW19*20240701*0915*{control}*X*005010X222A1",
        *body,
        f"GE*1*{control}",
        f"IEA*1*{control:09}",
    ]
    return "~\n".join(segments) + "~\n"
