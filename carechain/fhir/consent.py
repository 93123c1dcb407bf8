"""Translates a FHIR R4 Consent into consent terms: with the same meaning, or not at all.

The registry denies by default and records what is permitted, so a permit becomes terms, an exception to it
is taken out of them, and a denial of everything becomes a withdrawal. Whatever the registry cannot hold
exactly is rounded so that less is permitted, with a note that begins "Narrower:", or refused with the
element that stands in the way. Nothing is skipped: an element that this module does not know is a refusal.
docs/FHIR_CONSENT.md is the mapping table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from carechain import consent_terms
from carechain.consent_scope import MAX_PARTS, Scope
from carechain.consent_terms import OPEN_ENDED, ConsentTerms
from carechain.fhir import dates
from carechain.fhir.directory import Directory
from carechain.fhir.findings import Findings, Refusal, name_of, names
from carechain.fhir.provision import Rule, RuleReader, both_sets
from carechain.fhir.reading import ConsentDocument

_SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
_ACT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

_PLAIN_ELEMENTS = names(
    "resourceType id meta language text contained identifier category patient dateTime organization "
    "sourceAttachment sourceReference policy policyRule verification performer status scope provision"
)
# Marks in meta, whatever their system says they are: parts left out or masked, among them exceptions maybe; and
# what was never meant in earnest.
_INCOMPLETE_MARKS = names("SUBSETTED ABSTRED MASKED REDACTED")
_TEST_MARK = "HTEST"

MAX_RULES = 1_000
"""Provisions of one document, nested ones included."""

# What a denial of everything may name: who, whose data, since when. Anything more makes it a narrower denial.
_WHOLE_DENIAL_ELEMENTS = names("id type actor action period provision")


@dataclass(frozen=True)
class Grant:
    """Terms to record for one grantee. `elements` are the FHIR paths that the terms come from."""

    grantee: int
    scope: Scope
    terms: ConsentTerms
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Withdrawal:
    """Consents to withdraw: of one grantee (None: of all), about one custodian's data (None: about any).

    Withdrawals come before the grants of the same document. One about a custodian also reaches consents for
    data of any source, because those cover the custodian's data too, and those with a scope that this version
    does not know, because they may.
    """

    grantee: int | None
    custodian: int | None
    elements: tuple[str, ...]

    def reaches(self, grantee: int, scope: Scope) -> bool:
        """Whether a recorded consent of `grantee` with `scope` is to be withdrawn."""
        return (self.grantee is None or self.grantee == grantee) and (
            self.custodian is None or not scope.known or scope.custodian in (None, self.custodian)
        )


@dataclass(frozen=True)
class Translation:
    """What becomes of a document. When there is any refusal there are no grants, withdrawals or notes.

    `source` names the file, `patient` is the FHIR reference or "system|value" of the patient, `performers`
    are those who gave the consent, `canonical` and `version` are the document commitment's inputs (see
    ConsentDocument).
    """

    source: str
    patient: str
    performers: tuple[str, ...]
    canonical: bytes
    version: int
    grants: tuple[Grant, ...]
    withdrawals: tuple[Withdrawal, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]


def translate(document: ConsentDocument, directory: Directory, now: int, zone: str | None = None) -> Translation:
    """Translates `document` as of `now` (Unix seconds).

    `directory` says which references are accredited organisations. `zone` is the IANA time zone in which
    dates without one begin; without it they are read so that they hold in every time zone.

    Raises CarechainError only when `zone` is unknown: what is wrong with the document becomes a refusal.
    """
    named_zone = dates.zone_named(zone) if zone else None
    rules = RuleReader(Findings(), directory, now, named_zone, document.resource.get("contained"))
    return _Translator(document, now, rules).run()


class _Translator:
    def __init__(self, document: ConsentDocument, now: int, rules: RuleReader) -> None:
        self.document = document
        self.resource = document.resource
        self.now = now
        self.rules = rules
        self.findings = rules.findings
        self.grants: list[Grant] = []
        self.withdrawals: list[Withdrawal] = []

    def run(self) -> Translation:
        self._walk_for_extensions(self.resource, "Consent")
        for name in self.resource:
            if name.lstrip("_") not in _PLAIN_ELEMENTS | {"extension", "modifierExtension"}:
                self.findings.refuse(f"Consent.{name}", "is not understood by this translator", "remove it")
        self._marks()
        patient = self._patient()
        self._scope()
        self._date_time()
        self._verification()
        base = self._policy()
        performers = self._performers(patient)
        status = self.resource.get("status")
        if status in ("inactive", "entered-in-error"):
            self._end_of_consent()
        else:
            if status != "active":
                self.findings.refuse("Consent.status", "is not active", "apply the consent once its status is active")
            self._provisions(base)
        if not (self.grants or self.withdrawals or self.findings.refused):
            self.findings.refuse(
                "Consent.provision", "leaves nothing to record", "check the exceptions against the permits"
            )
        refused = self.findings.refused
        return Translation(
            source=self.document.source,
            patient=patient,
            performers=performers,
            canonical=self.document.canonical,
            version=self.document.version,
            grants=() if refused else tuple(self.grants),
            withdrawals=() if refused else _merged(self.withdrawals),
            refusals=self.findings.refusals,
            notes=() if refused else self.findings.notes,
        )

    # The document around the provision

    def _walk_for_extensions(self, value: Any, path: str) -> None:
        """Extensions may narrow a rule and modifiers change any meaning; elsewhere an extension only adds."""
        if isinstance(value, list):
            for index, item in enumerate(value):
                self._walk_for_extensions(item, f"{path}[{index}]")
        if not isinstance(value, dict):
            return
        for name, child in value.items():
            place = f"{path}.{name}"
            in_rule = place.startswith("Consent.provision")
            if name in ("modifierExtension", "implicitRules", "_implicitRules"):
                self.findings.refuse(place, "changes the meaning in a way this translator does not know", "remove it")
            elif place == "Consent._status" or (in_rule and (name == "extension" or name[0] == "_")):
                self.findings.refuse(
                    place, "may narrow the consent in a way this translator does not know", "remove it"
                )
            elif name == "extension" or name.startswith("_"):
                self.findings.note(f"{place} is an extension and has no bearing on the terms")
            else:
                self._walk_for_extensions(child, place)

    def _marks(self) -> None:
        """Refuses a copy that may have lost exceptions on its way, and test data."""
        meta = self.resource.get("meta", {})
        if not isinstance(meta, dict):
            self.findings.malformed("Consent.meta")
            return
        for name in ("tag", "security"):
            for place, coding in self.findings.objects(meta, name, "Consent.meta"):
                if coding.get("code") in _INCOMPLETE_MARKS:
                    self.findings.refuse(
                        place,
                        "marks a copy with parts left out, which may have held exceptions",
                        "fetch the whole document",
                    )
                elif coding.get("code") == _TEST_MARK:
                    self.findings.refuse(place, "marks test data", "apply only documents that a patient gave")

    def _patient(self) -> str:
        patient = self.resource.get("patient")
        name = name_of(patient)
        if name is None:
            self.findings.refuse(
                "Consent.patient",
                "does not say whose consent this is",
                "give patient.reference or an identifier",
            )
        return name or ""

    def _performers(self, patient: str) -> tuple[str, ...]:
        performers = []
        for path, performer in self.findings.objects(self.resource, "performer", "Consent"):
            name = name_of(performer)
            if name is None:
                self.findings.refuse(path, "does not say who gave the consent", "give a reference or an identifier")
            elif name != patient:
                self.findings.note(
                    f"{path} is not the patient: the signer must be a recorded representative of the patient"
                )
            performers.append(name or "")
        return tuple(performers)

    def _scope(self) -> None:
        code = self.findings.concept(self.resource.get("scope"), "Consent.scope", _SCOPES)
        if code not in ("patient-privacy", "research"):
            self.findings.refuse(
                "Consent.scope",
                "is neither patient-privacy nor research",
                "only consents to the use of data can be recorded; keep other consents elsewhere",
            )

    def _date_time(self) -> None:
        if "dateTime" in self.resource:
            span = self.rules.span(self.resource["dateTime"], "Consent.dateTime")
            if span is not None and span.begins_earliest > self.now:
                self.findings.refuse(
                    "Consent.dateTime", "is in the future", "correct the date, or apply the consent later"
                )

    def _verification(self) -> None:
        verifications = self.findings.objects(self.resource, "verification", "Consent")
        if verifications and not any(item.get("verified") is True for _, item in verifications):
            self.findings.refuse(
                "Consent.verification", "says that the consent was not verified", "verify it with the patient"
            )

    def _policy(self) -> str | None:
        """The base rule: OPTIN, OPTOUT, or None for any other policy."""
        rule = self.resource.get("policyRule")
        if rule is None and "policy" not in self.resource:
            self.findings.refuse(
                "Consent.policyRule", "is missing, and so is policy (R4 invariant ppc-1)", "add policyRule"
            )
        if rule is None:
            return None
        code = self.findings.concept(rule, "Consent.policyRule", _ACT_CODES, required=False)
        return code if code in ("OPTIN", "OPTOUT") else None

    # What the document wants

    def _provisions(self, base: str | None) -> None:
        root = self.resource.get("provision")
        if root is None:
            if base == "OPTOUT":
                self.withdrawals.append(Withdrawal(None, None, ("Consent.policyRule",)))
            else:
                self.findings.refuse(
                    "Consent.provision", "is missing, so nobody is named", "add a provision with a recipient"
                )
            return
        if not isinstance(root, dict):
            self.findings.malformed("Consent.provision")
            return
        if _count_rules(root) > MAX_RULES:
            self.findings.refuse("Consent.provision", f"holds more than {MAX_RULES:,} rules", "use several documents")
            return
        kind = root.get("type")
        if kind == "permit":
            self._permit_root(root)
        elif kind == "deny":
            self._deny_root(root, base)
        elif kind is not None:
            self.findings.refuse("Consent.provision.type", "is neither permit nor deny", "use permit or deny")
        elif base == "OPTIN":
            self._opt_in_root(root)
        elif base == "OPTOUT":
            self._opt_out_root(root)
        else:
            self._ambiguous_root()
            self.rules.rule(root, "Consent.provision", "permit")

    def _ambiguous_root(self) -> None:
        self.findings.refuse(
            "Consent.provision.type",
            "is absent, and this policyRule with this provision is read both as a permit and as a denial",
            "state type permit or deny",
        )

    def _permit_root(self, root: Mapping[str, Any]) -> None:
        rule = self.rules.rule(root, "Consent.provision", "permit")
        self._grant([rule])

    def _opt_in_root(self, root: Mapping[str, Any]) -> None:
        """Without a type, nested permits say that the root only frames them; nothing says it otherwise."""
        rule = self.rules.rule(root, "Consent.provision", "permit")
        permits = [child for child in rule.children if child.type == "permit"]
        denials = tuple(child for child in rule.children if child.type == "deny")
        if not permits:
            self._ambiguous_root()
            self._grant([rule])
            return
        framed = []
        for permit in permits:
            framed.append(replace(self._framed(permit, rule), children=permit.children + denials))
        self._grant(framed, frame=rule.path)

    def _opt_out_root(self, root: Mapping[str, Any]) -> None:
        rule = self.rules.rule(root, "Consent.provision", "deny")
        if rule.recipients is not None or rule.children or not rule.names <= _WHOLE_DENIAL_ELEMENTS - {"action"}:
            self._ambiguous_root()
        self._whole_denial_period(rule)
        self._withdraw(rule, (rule.path, "Consent.policyRule"))

    def _deny_root(self, root: Mapping[str, Any], base: str | None) -> None:
        rule = self.rules.rule(root, "Consent.provision", "deny")
        for name in sorted(rule.names - _WHOLE_DENIAL_ELEMENTS):
            self.findings.refuse(
                f"{rule.path}.{name}",
                "narrows a denial that stands by itself; the registry records only what is permitted",
                "nest the denial in the permit it is an exception to, or deny everything to the recipient",
            )
        self._whole_denial_period(rule)
        if base == "OPTIN":
            self.findings.note(
                "Narrower: policyRule OPTIN permits whatever no rule denies; the registry denies by default"
            )
        self._withdraw(rule, (rule.path,))
        framed = [self._framed(child, rule) for child in rule.children if child.type == "permit"]
        if framed:
            self._grant(framed, frame=rule.path)

    def _whole_denial_period(self, rule: Rule) -> None:
        """A withdrawal takes effect at once and for good; a denial that starts later or ends does not."""
        if rule.not_before > self.now:
            self.findings.refuse(
                f"{rule.path}.period.start",
                "is in the future",
                "apply the document when its period has begun",
            )
        if rule.not_after != OPEN_ENDED:
            self.findings.refuse(
                f"{rule.path}.period.end",
                "ends the denial, and a withdrawal does not end by itself",
                "leave the end out, and give a new consent when the time comes",
            )

    def _withdraw(self, rule: Rule, elements: tuple[str, ...]) -> None:
        for custodian in _each(rule.custodians):
            if custodian is not None:
                self.findings.note(
                    "Narrower: consents for data of any source are withdrawn too; they reach this custodian"
                )
            for grantee in _each(rule.recipients):
                self.withdrawals.append(Withdrawal(grantee, custodian, elements))

    def _end_of_consent(self) -> None:
        """A consent that is inactive or was a mistake: withdraw what its permits gave, at any depth."""
        root = self.resource.get("provision")
        if isinstance(root, dict):
            self._withdraw_permits(root, "Consent.provision", None, None)
            if root.get("type") == "deny":
                self.findings.note("Narrower: what the document withdrew itself is not given back")
        if not (self.withdrawals or self.findings.refused):
            self.findings.refuse(
                "Consent.status",
                "ends a document whose permits name no recipient",
                "withdraw or give consents with an active document",
            )
        self.findings.note("Narrower: every consent of the named recipients is withdrawn, whatever it is for")

    def _withdraw_permits(
        self,
        node: Mapping[str, Any],
        path: str,
        recipients: frozenset[int] | None,
        custodians: frozenset[int] | None,
    ) -> None:
        """`recipients` and `custodians` are those of the rules around this one, which a rule within them shares."""
        own_recipients, own_custodians = self.rules.actors(node, path)
        recipients = both_sets(recipients, own_recipients)
        custodians = both_sets(custodians, own_custodians)
        if recipients and node.get("type") != "deny":
            for custodian in _each(custodians):
                for grantee in _each(recipients):
                    self.withdrawals.append(Withdrawal(grantee, custodian, ("Consent.status", path)))
        for place, child in self.findings.objects(node, "provision", path):
            self._withdraw_permits(child, place, recipients, custodians)

    # From rules to grants

    def _framed(self, permit: Rule, frame: Rule) -> Rule:
        framed = permit.within(frame)
        if framed.is_empty() and not self.findings.refused:
            self.findings.refuse(
                permit.path, "has nothing in common with the provision around it", "correct one of the two"
            )
        return framed

    def _grant(self, permits: list[Rule], frame: str | None = None) -> None:
        boxes: dict[tuple[int, int | None], list[ConsentTerms]] = {}
        sources: dict[tuple[int, int | None], list[str]] = {}
        for permit in permits:
            if permit.recipients is None:
                self.findings.refuse(
                    f"{permit.path}.actor",
                    "names no recipient; a consent to everyone is not specific",
                    "name each recipient organisation with role PRCP or IRCP",
                )
            if permit.purposes is None:
                self.findings.refuse(
                    f"{permit.path}.purpose",
                    "is absent; a consent for any purpose is not specific",
                    "name the purposes",
                )
            recipients, custodians = permit.recipients, _each(permit.custodians)
            if self.findings.refused or recipients is None:
                continue
            if permit.labels is None:
                self.findings.note(
                    f"Narrower: {permit.path} names no securityLabel; data with a sensitive label is left out"
                )
                permit = replace(permit, labels=0)
            for key in ((grantee, custodian) for grantee in recipients for custodian in custodians):
                left = self._without_exceptions([permit.permitted()], permit.children, *key)
                boxes.setdefault(key, []).extend(left)
                exceptions = [child.path for child in permit.children if child.concerns(key[0])]
                sources.setdefault(key, []).extend([*([frame] if frame else []), permit.path, *exceptions])
        for key in sorted(boxes, key=lambda key: (key[0], key[1] or 0)):
            self._number(key, boxes[key], tuple(dict.fromkeys(sources[key])))

    def _number(self, key: tuple[int, int | None], boxes: list[ConsentTerms], elements: tuple[str, ...]) -> None:
        grantee, custodian = key
        parts = consent_terms.prune([box for box in boxes if box.not_after > self.now])
        if not parts and not self.findings.refused:
            self.findings.note(
                f"Nothing is left of the consent for organisation {grantee} once the exceptions are taken out"
            )
        if len(parts) > MAX_PARTS:
            self._too_many()
        scope = Scope.any() if custodian is None else Scope.of_custodian(custodian)
        for part, terms in enumerate(parts[:MAX_PARTS]):
            terms.validate()
            self.grants.append(Grant(grantee, scope.with_part(part), terms, elements))

    def _too_many(self) -> None:
        self.findings.refuse(
            "Consent.provision",
            f"has exceptions that split the consent into more than {MAX_PARTS} parts",
            "use fewer exceptions, or several documents",
        )

    def _without_exceptions(
        self, boxes: list[ConsentTerms], denials: tuple[Rule, ...], grantee: int, custodian: int | None
    ) -> list[ConsentTerms]:
        """Takes each denial out of the boxes and puts back what the denial's own exceptions permit.

        The order is free, so the widest go first: one that repeats another or lies within it then finds
        nothing left to take, and splits nothing on the way.
        """
        applying = [denial for denial in denials if self._applies(denial, grantee, custodian)]
        for denial in sorted(dict.fromkeys(applying), key=lambda rule: rule.denied().extent(), reverse=True):
            if any(box.labels & (denial.labels or 0) & ~denial.labels_named for box in boxes):
                self.findings.note(
                    f"Narrower: {denial.path}.securityLabel also takes out the neighbouring sensitive labels"
                )
            left = [part for box in boxes for part in consent_terms.subtract(box, denial.denied())]
            for permit in dict.fromkeys(denial.children):
                if permit.type == "permit" and self._applies(permit, grantee, custodian):
                    shared = [consent_terms.intersect(box, permit.permitted()) for box in boxes]
                    again = [box for box in shared if box is not None]
                    left += self._without_exceptions(again, permit.children, grantee, custodian)
            if left == boxes:
                continue
            boxes = consent_terms.prune(left)
            if len(boxes) > MAX_PARTS:
                self._too_many()
                return []
        return boxes

    def _applies(self, rule: Rule, grantee: int, custodian: int | None) -> bool:
        if not rule.concerns(grantee):
            return False
        if rule.custodians is None:
            return True
        if custodian is None:
            self.findings.refuse(
                f"{rule.path}.actor",
                "singles out one custodian's data in a consent for data of any source",
                "name the custodians of the consent itself, with role CST",
            )
            return False
        return custodian in rule.custodians


def _count_rules(root: Mapping[str, Any]) -> int:
    count, waiting = 0, [root]
    while waiting:
        nested = waiting.pop().get("provision")
        count += 1
        waiting += [rule for rule in nested if isinstance(rule, dict)] if isinstance(nested, list) else []
    return count


def _merged(withdrawals: list[Withdrawal]) -> tuple[Withdrawal, ...]:
    """Each withdrawal once; one of everything of a grantee takes the place of those about single custodians."""
    whole = {withdrawal.grantee for withdrawal in withdrawals if withdrawal.custodian is None}
    elements: dict[tuple[int | None, int | None], dict[str, None]] = {}
    for withdrawal in withdrawals:
        custodian = None if withdrawal.grantee in whole else withdrawal.custodian
        elements.setdefault((withdrawal.grantee, custodian), {}).update(dict.fromkeys(withdrawal.elements))
    return tuple(Withdrawal(*key, tuple(paths)) for key, paths in elements.items())


def _each(organisations: frozenset[int] | None) -> list[int | None]:
    """The organisations in order, or the one None that stands for all."""
    return [None] if organisations is None else [*sorted(organisations)]
