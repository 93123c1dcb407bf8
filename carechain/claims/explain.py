"""Tells a patient in plain words what became of a claim: what was asked, what is paid, what they owe, and why.

Everything comes from the chain, so anybody who knows the claim's name is told the same; a directory or a book adds only
what organisations and services are called. The words stand in explain_words.py, in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from carechain.claims.benefits import Terms
from carechain.claims.eligibility import left
from carechain.claims.explain_words import LANGUAGES
from carechain.claims.judgement import Outcome
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.naming import Naming, currency_of, day_of
from carechain.claims.state import Act, Case, Claim, Clocks, Period, Refused
from carechain.claims.words import CARC, CLAIM_TERMS, SERVICE_LINE, UNITS, Reason, Stage
from carechain.errors import CarechainError
from carechain.fhir.money import DECIMALS

_EPOCH = date(1970, 1, 1)
_DAY = 86_400
_UNDER_WAY = (Stage.IN_APPEAL, Stage.IN_EXTERNAL_REVIEW)
_AWAITED = (Stage.IN_REVIEW, *_UNDER_WAY, Stage.REFUND_REQUESTED)
"""Stages in which somebody has to do something by a deadline that is told."""
_OBJECTIONS = {
    Stage.NONE: "first",
    Stage.DECIDED: "first",
    Stage.APPEAL_DECIDED: "external",
    Stage.REFUND_REQUESTED: "refund",
}
"""What a member can object to at a stage, for the key of its sentence."""


@dataclass(frozen=True)
class Part:
    """Sentences under a heading."""

    heading: str
    sentences: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Known:
    """What the chain, and whoever gives names, know of a claim and its member now. Times are Unix seconds."""

    claim: Claim
    case: Case
    clocks: Clocks
    terms: Terms
    period: Period
    now: int
    payer: str
    provider: str
    services: Mapping[int, str] = field(default_factory=dict)
    """The plan's own names of its categories."""

    @classmethod
    def of(cls, ledger: ClaimLedger, naming: Naming, name: ClaimName) -> Known:
        """Raises CarechainError if there is no such claim."""
        claim = ledger.claim(name)
        said = CLAIM_TERMS.unpack(claim.entry.terms)
        period = ledger.period(name.payer, claim.entry.member, said["coverage"])
        assert period is not None  # or the claim had not been taken
        version = ledger.version(name.payer, period.plan, said["version"])
        plan = naming.plan(name.payer, version)
        return cls(
            claim,
            ledger.case(name),
            ledger.reserve(name.payer).clocks,
            version.benefits.terms,
            period,
            ledger.chain.now(),
            naming.name(name.payer),
            naming.name(name.provider),
            plan.names if plan else {},
        )


def explain(known: Known, language: str = "en") -> tuple[Part, ...]:
    """The whole of it. Raises CarechainError for a language that is not spoken."""
    return _Teller(known, Speech.of(language)).parts()


def explain_refused(refused: Refused, naming: Naming, language: str = "en") -> tuple[Part, ...]:
    """Of a claim that was not taken. Raises CarechainError for a language that is not spoken."""
    say = Speech.of(language)
    provider, payer = naming.name(refused.provider), naming.name(refused.payer)
    told = say("refused", provider=provider, payer=payer, day=say.day(refused.moment.at))
    return (Part(say("short"), (told, say(f"refusal.{refused.refusal.name}"), say("refused.owe"))),)


@dataclass(frozen=True)
class Speech:
    """One language: its sentences, days and amounts."""

    language: str
    texts: Mapping[str, str] = field(repr=False)
    currency: str = "USD"

    @classmethod
    def of(cls, language: str, currency: str = "USD") -> Speech:
        if language not in LANGUAGES:
            raise CarechainError(f"The language {language}", "is not spoken here", f"use {', '.join(LANGUAGES)}")
        return cls(language, LANGUAGES[language], currency)

    def __call__(self, key: str, **said: object) -> str:
        return self.texts[key].format(**said)

    def money(self, amount: int) -> str:
        """Minor units with the decimals of the currency: 1,250.00 USD."""
        return f"{Decimal(amount).scaleb(-DECIMALS.get(self.currency, 0)):,f} {self.currency}"

    def day(self, seconds: int) -> str:
        return self.date(day_of(seconds))

    def date(self, day: date) -> str:
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return day.isoformat()

    def together(self, sentences: Iterable[str]) -> str:
        """One after the other, as the language writes them."""
        return ("" if self.language == "zh" else " ").join(sentences)

    def number(self, hundredths: int) -> str:
        return f"{Decimal(hundredths) / UNITS:f}"


@dataclass(frozen=True)
class _Owed:
    """Who bears what of a claim that is not paid, in minor units."""

    patient: int = 0
    perhaps: int = 0
    """What a provider out of the network may ask for besides."""
    provider: int = 0
    """Denied, and the provider may not ask for it."""
    open: int = 0
    """Until another insurance has decided."""
    discount: int = 0
    """Above what the plan allows, in the network."""
    prior: int = 0


def _whose(reason: Reason) -> str:
    """Who bears what is not paid for a reason; open where another insurance has to decide first."""
    if reason is Reason.OTHER_PAYER_FIRST:
        return "open"
    return "patient" if CARC[reason][0] == "PR" else "provider"


def _owed(claim: Claim) -> _Owed:
    outcomes, in_network = claim.outcomes, claim.entry.in_network
    beyond = sum(outcome.contractual for outcome in outcomes)
    denied = dict.fromkeys(("patient", "provider", "open"), 0)
    for outcome in outcomes:
        if outcome.other:
            denied[_whose(outcome.reason)] += outcome.other
    return _Owed(
        patient=claim.share + denied["patient"],
        perhaps=0 if in_network else beyond,
        provider=denied["provider"],
        open=denied["open"],
        discount=beyond if in_network else 0,
        prior=sum(outcome.prior for outcome in outcomes),
    )


class _Teller:
    """Tells one claim in one language."""

    def __init__(self, known: Known, speech: Speech) -> None:
        self._known, self._claim, self._case = known, known.claim, known.case
        self._say = Speech(speech.language, speech.texts, currency_of(known.claim))

    def parts(self) -> tuple[Part, ...]:
        say = self._say
        period = self._known.period
        first, last = (say.date(_EPOCH + timedelta(days=day)) for day in (period.first_day, period.last_day))
        told = [
            (say("title", claim=self._claim.name), self._head()),
            (say("short"), self._short()),
            (say("lines"), self._lines()),
            (say("waits"), self._waits()),
            (say("stands"), self._stands()),
            (say("appeal"), self._can_be_done()),
            (say("period", first=first, last=last), self._period()),
        ]
        found = (Part(heading, tuple(sentences)) for heading, sentences in told)
        return tuple(part for part in found if part.sentences)

    # ------------------------------------------------------------------ what it is, and comes to

    def _head(self) -> Iterator[str]:
        say, entry = self._say, self._claim.entry
        day = say.day(entry.taken_at)
        yield say("head", provider=self._known.provider, payer=self._known.payer, day=day)
        yield say("head.charge", charge=say.money(entry.charge))
        replaces = CLAIM_TERMS.unpack(entry.terms)["replaces"]
        if replaces:
            yield say("head.replaces", claim=self._claim.name._replace(number=replaces - 1))

    def _short(self) -> Iterator[str]:
        say, claim = self._say, self._claim
        if claim.is_voided:
            yield from self._voided()
            return
        if not claim.outcomes:
            yield say("short.open")
            return
        yield say("short.paid", paid=say.money(claim.paid)) if claim.paid else say("short.unpaid")
        owed = _owed(claim)
        if owed.prior:
            yield say("short.others", prior=say.money(owed.prior))
        if owed.discount:
            yield say("short.discount", amount=say.money(owed.discount))
        if owed.provider:
            yield say("short.provider", amount=say.money(owed.provider))
        yield say("short.owe", owe=say.money(owed.patient)) if owed.patient else say("short.owe_nothing")
        if owed.open:
            yield say("short.not_yet", amount=say.money(owed.open))
        if owed.perhaps:
            yield say("short.may", may=say.money(owed.perhaps))
        if self._case.stage in _UNDER_WAY and not self._case.refund:
            yield say("short.may_change")

    def _voided(self) -> Iterator[str]:
        say = self._say
        voided = next(told for told in self._claim.told if told.act is Act.VOIDED)
        day = say.day(voided.moment.at)
        if voided.reason is Reason.NONE:
            yield say("short.voided", day=day)
        else:
            yield say("short.refunded", day=day)
            yield say(f"reason.{voided.reason.name}")
            yield say(f"short.refunded.{_whose(voided.reason)}")
        if self._case.replaced:
            yield say("short.voided.replaced")
        elif voided.reason is Reason.NONE:
            yield say("short.voided.again")

    # ------------------------------------------------------------------ each service

    def _lines(self) -> Iterator[str]:
        outcomes = self._claim.outcomes
        lines = [SERVICE_LINE.unpack(word) for word in self._claim.entry.lines]
        for place, line in sorted(enumerate(lines), key=lambda each: each[1]["number"]):
            yield self._say.together(self._line(line, outcomes[place] if outcomes else None))

    def _line(self, line: Mapping[str, int], outcome: Outcome | None) -> Iterator[str]:
        say, category = self._say, line["category"]
        service = self._known.services.get(category) or say("line.group", category=category)
        day = say.date(_EPOCH + timedelta(days=line["day"]))
        yield say("line", number=line["number"], service=service, day=day)
        yield say("line.charge", charge=say.money(line["charge"]))
        if outcome is None or self._claim.is_voided:
            return
        yield say("line.paid", paid=say.money(outcome.paid)) if outcome.paid else say("line.unpaid")
        if 0 < outcome.units < line["units"]:
            yield say("line.units", asked=say.number(line["units"]), covered=say.number(outcome.units))
        beyond = "line.contractual.in" if self._claim.entry.in_network else "line.contractual.out"
        for key, amount in (
            ("line.prior", outcome.prior),
            (beyond, outcome.contractual),
            ("line.deductible", outcome.deductible),
            ("line.copay", outcome.copay),
            ("line.coinsurance", outcome.coinsurance),
        ):
            if amount:
                yield say(key, amount=say.money(amount))
        if outcome.other:
            yield from self._denied(outcome.reason, outcome.other)

    def _denied(self, reason: Reason, amount: int) -> Iterator[str]:
        yield self._say(f"line.other.{_whose(reason)}", amount=self._say.money(amount))
        yield self._say(f"reason.{reason.name}")

    # ------------------------------------------------------------------ where it stands

    def _waits(self) -> Iterator[str]:
        if not self._claim.outcomes and not self._claim.is_voided:
            for reason in self._claim.entry.reasons:
                yield self._say(f"parked.{reason.name}")

    def _stands(self) -> Iterator[str]:
        say, case = self._say, self._case
        decided = [told.moment.at for told in self._claim.told if told.act in (Act.DECIDED, Act.UPHELD)]
        decided_at = decided[-1] if decided else self._claim.entry.taken_at
        key = f"stage.{case.stage.name}{self._kind()}"
        yield say(key, day=say.day(decided_at), deadline=say.day(case.deadline))
        yield from self._refund()
        if case.stage in _AWAITED and self._known.now > case.deadline:
            yield say("stage.deadline_over")
        if case.disputed:
            yield say("stage.undone")
        if case.confirmed:
            yield say("stage.confirmed")

    def _kind(self) -> str:
        """What is particular about the stage, for the key of its sentence."""
        case, decision = self._case, self._claim.decision
        if case.refund and case.stage is Stage.IN_EXTERNAL_REVIEW:
            return ".refund"
        # Nobody reviewed what was settled once it was funded.
        by_rule = decision is not None and decision.reviewer == 0 and case.stage is Stage.DECIDED
        return ".rule" if by_rule else ""

    def _refund(self) -> Iterator[str]:
        """Why a payment is wanted back, and what that would mean; or that it was not got back."""
        for told in reversed(self._claim.told):
            if told.act is Act.REFUND_REJECTED:
                yield self._say("stage.refund_rejected")
                return
            if told.act is Act.REFUND_REQUESTED and self._case.refund and not self._claim.is_voided:
                yield self._say(f"reason.{told.reason.name}")
                yield self._say(f"stage.refund.{_whose(told.reason)}")
                if self._claim.share:
                    yield self._say("stage.refund.counted")
                return

    def _can_be_done(self) -> Iterator[str]:
        say, stage, name = self._say, self._case.stage, self._claim.name
        until = self._case.deadline
        if stage is Stage.NONE:
            until = self._claim.entry.taken_at + self._known.clocks.appeal_days * _DAY
        kind = _OBJECTIONS.get(stage)
        if kind and self._known.now <= until:
            yield say(f"appeal.{kind}", until=say.day(until))
            yield say("appeal.how", claim=name)
            yield say("appeal.raised")
        elif kind:
            yield say("appeal.over", until=say.day(until))
        elif stage is Stage.IN_REVIEW:
            yield say("appeal.wait")
        elif stage is Stage.FINAL:
            yield say("appeal.none")
        elif stage is not Stage.VOIDED:
            yield say("appeal.underway")
        if stage is not Stage.VOIDED and not self._case.disputed and not self._case.confirmed:
            yield say("appeal.dispute", claim=name)

    def _period(self) -> Iterator[str]:
        terms, period = self._known.terms, self._known.period
        if terms.deductible:
            yield self._limit("deductible", terms.deductible, period.deductible)
        else:
            yield self._say("period.no_deductible")
        if period.family and terms.family_deductible is not None:
            yield self._limit("family_deductible", terms.family_deductible, period.family_deductible)
        if terms.out_of_pocket is not None:
            yield self._limit("maximum", terms.out_of_pocket, period.out_of_pocket)
        else:
            yield self._say("period.no_maximum")
        if period.family and terms.family_out_of_pocket is not None:
            yield self._limit("family_maximum", terms.family_out_of_pocket, period.family_out_of_pocket)

    def _limit(self, what: str, whole: int, met: int) -> str:
        say = self._say
        rest = say.money(left(whole, met) or 0)
        return say(f"period.{what}", met=say.money(met), whole=say.money(whole), left=rest)
