"""Reads one provision of a FHIR R4 Consent into a rule of plain values.

A permit is rounded inward and a deny outward, so that what the registry cannot tell apart ends up not
permitted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from carechain import data_categories, purpose_of_use
from carechain.consent_terms import DAY_UNBOUNDED, OPEN_ENDED, ConsentTerms, Denial
from carechain.data_categories import ALL_CLASSES, ALL_LABELS
from carechain.errors import CarechainError
from carechain.fhir import dates
from carechain.fhir.directory import Directory, identifiers_of
from carechain.fhir.findings import Findings, names

_ACTIONS = "http://terminology.hl7.org/CodeSystem/consentaction"
_ROLES = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"

# v3-ParticipationType: who receives information, and who holds it.
_RECIPIENT_ROLES = names("IRCP PRCP REFT TRC")
_CUSTODIAN_ROLE = "CST"

_RULE_ELEMENTS = names("id type period actor action securityLabel purpose class code dataPeriod data provision")
_PERIOD_ELEMENTS = names("id start end")
_ACTOR_ELEMENTS = names("id role reference")
_REFERENCE_ELEMENTS = names("id reference type identifier display")
_ORGANISATION_TYPES = ("Organization", "http://hl7.org/fhir/StructureDefinition/Organization")


@dataclass(frozen=True)
class Rule:
    """One provision in plain values. None leaves a dimension unconstrained. Rules are equal when they say the
    same, wherever they stand in the document.

    In a permit, `labels` are those that data may carry; in a denial, data that carries any of them is
    denied, and `labels_named` are those of them that HL7 itself puts under the codes in the document.
    """

    path: str = field(compare=False)
    type: str | None
    names: frozenset[str] = field(default=frozenset(), compare=False)
    recipients: frozenset[int] | None = None
    custodians: frozenset[int] | None = None
    purposes: int | None = None
    classes: int | None = None
    labels: int | None = None
    labels_named: int = 0
    not_before: int = 0
    not_after: int = OPEN_ENDED
    data_from: int = 0
    data_to: int = DAY_UNBOUNDED
    children: tuple[Rule, ...] = ()

    def within(self, base: Rule) -> Rule:
        """This permit, held within the constraints of the rule around it."""
        purposes = _both(
            None if base.purposes is None else purpose_of_use.expand(base.purposes),
            None if self.purposes is None else purpose_of_use.expand(self.purposes),
        )
        return replace(
            self,
            recipients=both_sets(base.recipients, self.recipients),
            custodians=both_sets(base.custodians, self.custodians),
            purposes=None if purposes is None else purpose_of_use.reduce(purposes),
            classes=_both(base.classes, self.classes),
            labels=_both(base.labels, self.labels),
            not_before=max(base.not_before, self.not_before),
            not_after=min(base.not_after, self.not_after),
            data_from=max(base.data_from, self.data_from),
            data_to=min(base.data_to, self.data_to),
        )

    def is_empty(self) -> bool:
        """Whether nothing at all lies within the permit."""
        return (
            self.recipients == frozenset()
            or self.custodians == frozenset()
            or self.purposes == 0
            or self.classes == 0
            or self.not_before >= self.not_after
            or self.data_from > self.data_to
        )

    def concerns(self, grantee: int) -> bool:
        """Whether the rule names this recipient, or nobody in particular."""
        return self.recipients is None or grantee in self.recipients

    def permitted(self) -> ConsentTerms:
        """The permit as terms, every unconstrained dimension in full."""
        return ConsentTerms(
            purposes=purpose_of_use.GRANTABLE if self.purposes is None else self.purposes,
            categories=(ALL_CLASSES if self.classes is None else self.classes)
            | (ALL_LABELS if self.labels is None else self.labels),
            not_before=self.not_before,
            not_after=self.not_after,
            data_from=self.data_from,
            data_to=self.data_to,
        )

    def denied(self) -> Denial:
        """The denial without its actors and exceptions."""
        return Denial(
            self.purposes,
            self.classes,
            self.labels,
            self.not_before,
            self.not_after,
            self.data_from,
            self.data_to,
        )


def _both(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def both_sets(one: frozenset[int] | None, other: frozenset[int] | None) -> frozenset[int] | None:
    """What two constraints leave; None constrains nothing."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


class RuleReader:
    """Reads provisions as of `now` (Unix seconds); what cannot be honoured goes to `findings`.

    `contained` are the document's contained resources, as they stand there.
    """

    def __init__(
        self, findings: Findings, directory: Directory, now: int, zone: ZoneInfo | None, contained: Any
    ) -> None:
        self.findings = findings
        self.directory = directory
        self.now = now
        self.zone = zone
        self.contained_organisations = _contained_organisations(contained)

    def rule(self, node: Mapping[str, Any], path: str, effect: str) -> Rule:
        """Reads a provision. `effect` decides the rounding: a permit is read inward, a deny outward."""
        for name in node:
            if name not in _RULE_ELEMENTS and name not in ("extension", "modifierExtension") and name[0] != "_":
                self.findings.refuse(f"{path}.{name}", "is not understood by this translator", "remove it")
        for name in ("code", "data"):
            if name in node:
                self.findings.refuse(
                    f"{path}.{name}",
                    "picks out single facts or documents, and a recorded consent speaks of classes of data",
                    "use class and securityLabel instead",
                )
        recipients, custodians = self.actors(node, path)
        self._action(node, path, effect)
        labels, labels_named = self._labels(node, path, effect)
        not_before, not_after = self._period(node, path, effect)
        data_from, data_to = self._data_period(node, path, effect)
        kind = node.get("type")
        return Rule(
            path=path,
            type=kind if isinstance(kind, str) else None,
            names=frozenset(node),
            recipients=recipients,
            custodians=custodians,
            purposes=self._purposes(node, path, effect),
            classes=self._classes(node, path, effect),
            labels=labels,
            labels_named=labels_named,
            not_before=not_before,
            not_after=not_after,
            data_from=data_from,
            data_to=data_to,
            children=tuple(self._children(node, path)),
        )

    def _children(self, node: Mapping[str, Any], path: str) -> Iterator[Rule]:
        for place, child in self.findings.objects(node, "provision", path):
            kind = child.get("type")
            if kind not in ("permit", "deny"):
                self.findings.refuse(
                    f"{place}.type",
                    "is not permit or deny, which R4 requires of a nested rule",
                    "state the type",
                )
                kind = "deny"
            elif kind == node.get("type"):
                self.findings.refuse(
                    f"{place}.type",
                    f"is {kind} within a {kind}, where R4 leaves open whether it adds or narrows",
                    "state it as a rule of its own, or as an exception of the other type",
                )
            yield self.rule(child, place, kind)

    def actors(self, node: Mapping[str, Any], path: str) -> tuple[frozenset[int] | None, frozenset[int] | None]:
        recipients: set[int] = set()
        custodians: set[int] = set()
        kinds: set[str] = set()
        for place, actor in self.findings.objects(node, "actor", path):
            self.findings.only(actor, _ACTOR_ELEMENTS, place)
            role = self.findings.concept(actor.get("role"), f"{place}.role", _ROLES)
            is_custodian = role == _CUSTODIAN_ROLE
            if role is not None and not is_custodian and role not in _RECIPIENT_ROLES:
                self.findings.refuse(
                    f"{place}.role",
                    "is a role that a recorded consent cannot tell apart",
                    "use PRCP or IRCP for recipients and CST for the custodian",
                )
                role = None
            organisation = self._organisation(actor.get("reference"), f"{place}.reference")
            if role is not None:
                kinds.add("custodian" if is_custodian else "recipient")
                if organisation is not None:
                    (custodians if is_custodian else recipients).add(organisation)
        return (
            frozenset(recipients) if "recipient" in kinds else None,
            frozenset(custodians) if "custodian" in kinds else None,
        )

    def _organisation(self, reference: Any, place: str) -> int | None:
        if not isinstance(reference, dict):
            self.findings.malformed(place)
            return None
        self.findings.only(reference, _REFERENCE_ELEMENTS, place)
        literal, declared = reference.get("reference"), reference.get("type")
        kind = _kind_of(literal) if isinstance(literal, str) else None
        named_otherwise = kind not in (None, "Organization") and (declared or self.directory.listed(literal) is None)
        if named_otherwise or declared not in (None, *_ORGANISATION_TYPES):
            self.findings.refuse(
                place,
                "names no organisation; consent is given to organisations, and all of one would be wider",
                "name the organisation, or list this very reference in the directory and leave its type out",
            )
            return None
        contained = self.contained_organisations.get(literal) if isinstance(literal, str) else None
        for identifier in identifiers_of(reference, contained):
            if not self._is_in_force(identifier, place):
                self.findings.refuse(
                    place,
                    "has an identifier that is old or outside its period, and may be another organisation's by now",
                    "give the identifier that is in use",
                )
                return None
        try:
            found = self.directory.find(reference, contained)
        except CarechainError as error:
            self.findings.refuse(place, error.problem, error.mend)
            return None
        if found is None:
            self.findings.refuse(
                place,
                "is not in the directory of accredited organisations",
                "have the organisation accredited and add it to the directory; an identifier does not stand in for a "
                "reference that is not listed",
            )
        return found

    def _is_in_force(self, identifier: Any, place: str) -> bool:
        """Whether an identifier is in use now, in every time zone that its dates may mean."""
        if not isinstance(identifier, dict):
            self.findings.malformed(f"{place}.identifier")
            return True
        start, end = self._ends_of(identifier, "period", f"{place}.identifier")
        return (
            identifier.get("use") != "old"
            and (start is None or start.begins_latest <= self.now)
            and (end is None or self.now < end.ends_earliest)
        )

    def _action(self, node: Mapping[str, Any], path: str, effect: str) -> None:
        """A recorded consent means access and use: a permit of one alone would be widened, and a denial of
        access leaves nothing to use."""
        if "action" not in node:
            return
        actions = set()
        for place, action in self.findings.objects(node, "action", path):
            code = self.findings.concept(action, place, _ACTIONS)
            if code is None:
                continue
            if code not in ("collect", "access", "use", "disclose", "correct"):
                self.findings.refuse(place, "is not a code of consentaction", "use access")
            elif effect == "permit" and code not in ("access", "use"):
                self.findings.refuse(
                    place,
                    "permits more than access and use, which is all a recorded consent means",
                    "remove it",
                )
            actions.add(code)
        needed = {"access", "use"} if effect == "permit" else {"access"}
        if actions and not needed <= actions:
            self.findings.refuse(
                f"{path}.action",
                f"leaves out {' and '.join(sorted(needed - actions))}; a recorded consent means access and use",
                "name both when both are meant, or leave action out",
            )

    def _purposes(self, node: Mapping[str, Any], path: str, effect: str) -> int | None:
        if "purpose" not in node:
            return None
        mask = 0
        for place, coding in self.findings.objects(node, "purpose", path):
            code = self.findings.coding(coding, place, purpose_of_use.SYSTEM)
            if code is None:
                continue
            try:
                index = purpose_of_use.index_of(code)
            except CarechainError as error:
                self.findings.refuse(place, error.problem, error.mend)
                continue
            if index == purpose_of_use.BREAK_GLASS and effect == "deny":
                self.findings.note(
                    f"{place} is BTG, which no consent ever covers; emergency access has its own register"
                )
            elif effect == "permit" and index in (purpose_of_use.ROOT, purpose_of_use.BREAK_GLASS):
                self.findings.refuse(
                    place,
                    "cannot be granted: it is PurposeOfUse itself or BTG",
                    "name specific purposes such as TREAT or ETREAT; break-glass access has its own register",
                )
            mask |= 1 << index
        return mask

    def _classes(self, node: Mapping[str, Any], path: str, effect: str) -> int | None:
        if "class" not in node:
            return None
        mask = 0
        for place, coding in self.findings.objects(node, "class", path):
            code = self.findings.coding(coding, place, data_categories.CLASS_SYSTEM)
            if code in data_categories.CLASSES:
                mask |= data_categories.class_bit(code)
            elif code in data_categories.CLASSES_WITHOUT_BIT and effect == "deny":
                self.findings.note(f"{place} is a type of data that no consent can grant, so its denial always holds")
            elif code is not None:
                self.findings.refuse(
                    place,
                    "is not one of the 48 resource types a consent can name",
                    "see docs/FHIR_CONSENT.md",
                )
        return mask

    def _labels(self, node: Mapping[str, Any], path: str, effect: str) -> tuple[int | None, int]:
        """The labels of a rule, and those of them that HL7's own hierarchy puts under its codes."""
        if "securityLabel" not in node:
            return None, 0
        confidentiality: set[str] = set()
        labels = named = 0
        any_label = False
        for place, coding in self.findings.objects(node, "securityLabel", path):
            system = coding.get("system")
            if system == data_categories.CONFIDENTIALITY_SYSTEM:
                code = self.findings.coding(coding, place, data_categories.CONFIDENTIALITY_SYSTEM)
                if code is None:
                    continue
                if code not in ("U", "L", "M", "N", "R", "V"):
                    self.findings.refuse(place, "is not a level of v3-Confidentiality", "use N")
                elif code in ("R", "V") and effect == "permit":
                    self.findings.refuse(
                        place, "opens restricted data as a whole", "use N and name each sensitive label"
                    )
                elif code in ("R", "V"):
                    labels |= ALL_LABELS
                    named |= ALL_LABELS
                confidentiality.add(code)
                continue
            code = self.findings.coding(coding, place, data_categories.LABEL_SYSTEM)
            if code is None:
                continue
            any_label = True
            if code not in data_categories.LABELS and code not in data_categories.LABELS_WITHOUT_BIT:
                self.findings.refuse(
                    place, "is not a sensitivity code that a consent can name", "see docs/FHIR_CONSENT.md"
                )
            elif effect == "deny":
                labels |= data_categories.denied_with(code)
                named |= data_categories.subsumed(code)
                if code in data_categories.LABELS_WITHOUT_BIT:
                    self.findings.note(f"{place} is a label that no consent can grant, so its denial always holds")
            elif code in data_categories.LABELS_WITHOUT_BIT:
                self.findings.refuse(
                    place, "is a sensitivity code without a place in a recorded consent", "leave it out"
                )
            else:
                labels |= data_categories.label_bit(code)
                if data_categories.subsumed(code) != data_categories.label_bit(code):
                    self.findings.note(
                        f"Narrower: {place} does not open the labels under it; name each label that is meant"
                    )
        if effect == "deny":
            if confidentiality & {"U", "L", "M", "N"}:
                # Normal data is everything without a sensitive label, and labels cannot be granted without
                # it.
                self.findings.note(f"Narrower: {path}.securityLabel denies normal data, and with it all data")
                return None, 0
            return labels, named
        if confidentiality & {"U", "L", "M"} and "N" not in confidentiality:
            self.findings.refuse(
                f"{path}.securityLabel",
                "stays below N, and a recorded consent cannot tell levels below normal apart",
                "use N, or leave this data to a consent of its own",
            )
        elif any_label and "N" not in confidentiality:
            self.findings.refuse(
                f"{path}.securityLabel",
                "permits labelled data alone, which a recorded consent cannot say",
                "add N of v3-Confidentiality when data without the label is meant too",
            )
        return labels, named

    def _period(self, node: Mapping[str, Any], path: str, effect: str) -> tuple[int, int]:
        start, end = self._ends_of(node, "period", path)
        place = f"{path}.period"
        if effect == "deny":
            first = 0 if start is None else min(max(start.begins_earliest, 0), OPEN_ENDED)
            return first, OPEN_ENDED if end is None else min(max(end.ends_latest, 0), OPEN_ENDED)
        not_before = 0 if start is None else max(start.begins_latest, 0)
        not_after = OPEN_ENDED if end is None else max(end.ends_earliest, 0)
        if not_before >= OPEN_ENDED or (end is not None and not_after >= OPEN_ENDED):
            self.findings.refuse(
                place, "reaches beyond February 2106, the last moment the registry knows", "leave the end out"
            )
        elif end is not None and not_after <= self.now:
            self.findings.refuse(f"{place}.end", "has passed", "apply a consent whose period has not ended")
        elif not_before >= not_after:
            self._shorter_than_zones(place)
        return not_before, min(not_after, OPEN_ENDED)

    def _data_period(self, node: Mapping[str, Any], path: str, effect: str) -> tuple[int, int]:
        start, end = self._ends_of(node, "dataPeriod", path)
        first, last = dates.data_days(start, end, self.zone, inward=effect == "permit")
        if effect == "permit" and first > last:
            self._shorter_than_zones(f"{path}.dataPeriod")
        elif effect == "permit" and end is not None and last == DAY_UNBOUNDED - 1:
            self.findings.note(f"Narrower: {path}.dataPeriod ends by 2079-06-05, the last day the registry tells apart")
        return first, last

    def _shorter_than_zones(self, place: str) -> None:
        self.findings.refuse(
            place,
            "leaves no time that lies within it in every time zone",
            "name the time zone when applying the document, or give times with a zone",
        )

    def _ends_of(self, node: Mapping[str, Any], name: str, path: str) -> tuple[dates.Span | None, dates.Span | None]:
        period = node.get(name)
        place = f"{path}.{name}"
        if period is None:
            return None, None
        if not isinstance(period, dict):
            self.findings.malformed(place)
            return None, None
        self.findings.only(period, _PERIOD_ELEMENTS, place)
        start = self.span(period["start"], f"{place}.start") if "start" in period else None
        end = self.span(period["end"], f"{place}.end") if "end" in period else None
        if start is not None and end is not None and start.begins_earliest >= end.ends_latest:
            self.findings.refuse(place, "ends before it starts", "correct the dates")
        return start, end

    def span(self, value: Any, place: str) -> dates.Span | None:
        try:
            return dates.read(value, self.zone)
        except ValueError as error:
            self.findings.refuse(place, str(error), "correct the date")
            return None


def _contained_organisations(contained: Any) -> dict[str, Mapping[str, Any]]:
    """The contained Organizations by the reference that points to them; an id that stands twice points nowhere."""
    resources = [item for item in contained if isinstance(item, dict)] if isinstance(contained, list) else []
    ids = Counter(str(item.get("id")) for item in resources)
    return {
        f"#{item['id']}": item
        for item in resources
        if item.get("resourceType") == "Organization" and ids[str(item.get("id"))] == 1 and "id" in item
    }


def _kind_of(literal: str) -> str | None:
    """The resource type a literal reference names, or None (a contained resource, a URN)."""
    match = re.search(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]+(?:/_history/[A-Za-z0-9.-]+)?$", literal)
    return match.group(1) if match else None
