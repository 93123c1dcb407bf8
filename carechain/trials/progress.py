"""How a trial is going, for participants and the public: in plain words, and without telling of few people.

Counts of people. The rule is that of the cell size suppression policy of the US Centers for Medicare & Medicaid
Services (CMS): no cell of 1 to 10 is shown, and none can be computed from what is shown. With `smallest` 11:

1. A site's number is told by the ten in which it lies: "none", "fewer than 11", "11 to 20", "21 to 30" and so on.
2. The total is told as what the sites' ranges add up to, and at most the planned number. It tells nothing more.
3. Where the least that the sites add up to is less than nine short of the planned number, or more than it is enrolled,
   the sites are not told, and of the total only that it is no more than eight short of what is planned.
4. Without `by_site`, the total is told as if it was one site's. That tells more of a trial that has many small sites,
   and nothing of each. A trial is to be told in one way for good: one after the other, the two may tell too much.

Why not exact numbers, with one more cell suppressed? Whoever enrolled between two views is a cell, too, and could be
had by subtracting yesterday's. Why not the total in tens beside the sites' tens? Two sites of 10 would be told by "20",
and nineteen sites that each take one participant by a total that goes up by nineteen. With ranges alone, the sites tell
nothing of each other: each number may be any of its ten, in all views ever, and what came in between two of them is one
of ten numbers at least. Near the planned number that is not so, since there the numbers tell of each other by what is
left: hence the third rule. In tens, not in fives: so that a range is never narrower than what it has to hide.

It protects from whoever has these pages, the rule and the planned number. If that is changed while nearly all places
are taken, two views may tell how many came in between. Sites' allotments are not shown, since a site for one
participant has one or none. Whoever reads the chain itself sees more, whatever is shown here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carechain.errors import CarechainError
from carechain.trials.audit import day
from carechain.trials.audit_style import document, facts_list, moment, on_day, said, section, table
from carechain.trials.state import Results, Site, Trial
from carechain.trials.words import Flag

FORMAT = "carechain trial progress 1"
SMALLEST = 11
"""The smallest count of people that is shown, unless a caller says another: that of the CMS policy."""
NOT_SHOWN = "not shown"
SAID = {
    "registered": "its plan is on record. It does not take participants now.",
    "enrolling": "it takes participants.",
    "on hold": "a regulator has stopped it from taking participants for now.",
    "paused": "its safety board has stopped it from taking participants for now.",
    "ended": "it takes no more participants.",
    "locked": "its data is complete and cannot be changed any more. Results are still to come.",
    "results posted": "it is over, and every registered outcome has a result.",
}
"""The states of a trial, and what they mean to people."""
_LATE = '<p><span class="watch">Registered late:</span> its first participant took part before it was registered.</p>'


@dataclass(frozen=True)
class Range:
    """What is told of a number: it lies between two, both included. `at_most` is None if only the least is told."""

    at_least: int
    at_most: int | None

    def words(self, smallest: int = SMALLEST) -> str:
        """For people."""
        if self.at_most is None:
            return f"at least {self.at_least:,}" if self.at_least >= smallest else NOT_SHOWN
        if self.at_most == 0:
            return "none"
        if self.at_least < smallest:
            return f"fewer than {self.at_most + 1:,}"
        return f"{self.at_least:,} to {self.at_most:,}"


def shown_counts(
    counts: Sequence[int], planned: int, smallest: int = SMALLEST
) -> tuple[Range, tuple[Range, ...] | None]:
    """What is shown of the sites' counts: of the total, and of each, None if they are not shown. The module says why.

    Raises CarechainError for a `smallest` below 5: ranges that narrow would tell of each other near the planned number.
    """
    if smallest < 5:
        raise CarechainError(f"A smallest count of {smallest}", "hides too little", "take 5 or more, such as 11")
    step = smallest - 1
    firsts = [(count - 1) // step * step + 1 if count else 0 for count in counts]
    least, nearly = sum(firsts), planned - step + 1
    if sum(counts) > planned or least > nearly:
        return Range(max(0, nearly + 1), None), None
    sites = tuple(Range(first, first + step - 1) if first else Range(0, 0) for first in firsts)
    return Range(least, min(planned, sum(each.at_most or 0 for each in sites))), sites


def progress_of(
    trial: Trial,
    sites: Mapping[int, Site],
    results: Results,
    names: Mapping[int, str],
    smallest: int = SMALLEST,
    *,
    by_site: bool = True,
    number: str = "",
    title: str = "",
    as_of: int | None = None,
) -> dict[str, Any]:
    """How a trial is going, as values of JSON. `names` of organisations by their numbers; the trial's `number` and
    `title` and the time are told if they are given. What is shown of counts of people, and when not to ask for them
    `by_site`, the module says.

    Raises CarechainError for a `smallest` below 5.
    """
    counts = [site.enrolled for site in sites.values()]
    total, shown = shown_counts(counts if by_site else [sum(counts)], trial.enrolment_cap, smallest)
    each = shown if by_site and shown else (None,) * len(sites)
    states = tuple(_states(trial.flags, results))
    return {
        "format": FORMAT,
        "trial": number or None,
        "title": title or None,
        "asOf": as_of,
        "state": states[0],
        "alsoTrue": list(states[1:]),
        "registeredOn": day(trial.registered_on).isoformat(),
        "registeredLate": Flag.LATE in trial.flags,
        "startedOn": day(trial.started_on).isoformat() if trial.started_on else None,
        "participants": {
            "planned": trial.enrolment_cap,
            "total": _count(total, smallest),
            "sites": [
                {
                    "site": names.get(organisation, f"organisation {organisation}"),
                    "open": site.open,
                    "participants": _count(count, smallest),
                }
                for (organisation, site), count in zip(sites.items(), each, strict=True)
            ],
            "smallestShown": smallest,
        },
        "outcomes": {
            "registered": results.registered,
            "reported": results.reported,
            "changed": results.changed,
            "missing": results.missing,
            "added": results.added,
        },
        "deadlines": {
            "plannedCompletion": day(trial.planned_completion).isoformat(),
            "completedOn": day(trial.completed_on).isoformat() if trial.completed_on else None,
            "resultsDueOn": day(results.due_on).isoformat(),
            "resultsOverdue": results.overdue,
        },
        "amendments": trial.version,
    }


def _states(flags: Flag, results: Results) -> Iterator[str]:
    """What a trial is, in words, the one that says most first: there is always one."""
    if Flag.LOCKED in flags:
        yield "results posted" if not results.missing else "locked"
    if Flag.HELD in flags:
        yield "on hold"
    if Flag.PAUSED in flags:
        yield "paused"
    if Flag.ENDED in flags:
        yield "ended"
    if flags.enrolling:
        yield "enrolling"
    yield "registered"


def _count(count: Range | None, smallest: int) -> dict[str, Any]:
    if count is None or count.words(smallest) == NOT_SHOWN:
        return {"atLeast": None, "atMost": None, "words": NOT_SHOWN}
    return {"atLeast": count.at_least, "atMost": count.at_most, "words": count.words(smallest)}


def progress_page(facts: Mapping[str, Any]) -> str:
    """What `progress_of` gives, as an HTML page for participants and the public."""
    people, outcomes = facts["participants"], facts["outcomes"]
    deadlines = facts["deadlines"]
    named = f"Trial {facts['trial']}" if facts["trial"] else "This trial"
    heading = facts["title"] or named
    overdue = " They are overdue." if deadlines["resultsOverdue"] else ""
    body = [
        "<header>",
        f"<h1>{said(heading)}</h1>",
        f"<p>{said(named)} is <strong>{said(facts['state'])}</strong>: {said(SAID[facts['state']])}</p>",
        *(f"<p>{said(SAID[word])}</p>" for word in facts["alsoTrue"] if word in ("on hold", "paused")),
        *([_LATE] if facts["registeredLate"] else []),
        *([f'<p class="dim">As of {moment(facts["asOf"])} UTC</p>'] if facts["asOf"] is not None else []),
        "</header>",
        "<main>",
        section(
            "people",
            "People taking part",
            [
                f"<p>So far: <strong>{said(people['total']['words'])}</strong>. "
                f"Planned: at most {people['planned']:,}.</p>",
                *([_sites(people["sites"])] if people["sites"] else []),
                f'<p class="dim">So that nobody can be recognised, we show no number of people from 1 to '
                f"{people['smallestShown'] - 1:,}, and others only roughly. Those who left the trial are counted.</p>",
            ],
        ),
        section(
            "results",
            "What is measured, and what is known of it",
            [
                "<p>Before a trial begins, it says what it will measure: its outcomes. When it is over, it has to tell "
                "the result of each.</p>",
                facts_list(_outcomes(outcomes)),
            ],
        ),
        section(
            "days",
            "Important days",
            [
                facts_list(_days(facts)),
                f"<p>Results have to be told by {on_day(deadlines['resultsDueOn'])}.{overdue}</p>",
            ],
        ),
        "</main>",
    ]
    return document(f"How it is going: {heading}", body)


def _sites(sites: Sequence[Mapping[str, Any]]) -> str:
    rows = (
        (said(site["site"]), "yes" if site["open"] else "no", said(site["participants"]["words"])) for site in sites
    )
    return table("Places where people take part", ("Place", "Open", "People"), rows)


def _outcomes(outcomes: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    yield "Outcomes that were registered", f"{outcomes['registered']:,}"
    yield "Told as registered", f"{outcomes['reported']:,}"
    yield "Told, but not as registered", f"{outcomes['changed']:,}"
    yield "Not told so far", f"{outcomes['missing']:,}"
    yield "Told, but never registered", f"{outcomes['added']:,}"


def _days(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    deadlines = facts["deadlines"]
    yield "Registered", on_day(facts["registeredOn"])
    yield "First participant", on_day(facts["startedOn"], "none yet")
    yield "Main measurements to be complete", on_day(deadlines["plannedCompletion"])
    yield "Main measurements complete", on_day(deadlines["completedOn"], "not yet")
    yield "Changes of the plan in force", f"{facts['amendments']:,}"
