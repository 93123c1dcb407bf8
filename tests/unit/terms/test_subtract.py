"""Taking exceptions out of terms, against a model that knows nothing of boxes: it asks point by point."""

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from carechain import consent_terms, data_categories, purpose_of_use
from carechain.consent_terms import ConsentTerms, Denial, Use

PURPOSES = [
    "TREAT",
    "CLINTRL",
    "COC",
    "ETREAT",
    "ERTREAT",
    "BTG",
    "HRESCH",
    "CLINTRCH",
    "CLINTRCHPC",
    "PurposeOfUse",
]
GRANTABLE = [code for code in PURPOSES if code not in ("BTG", "PurposeOfUse")]
CLASSES = ["Observation", "Condition", "Claim"]
LABELS = ["HIV", "PSY", "SUD"]
TIMES = range(6)
DAYS = range(6)


def masks(make, names, least=0):
    return st.sets(st.sampled_from(names), min_size=least).map(lambda chosen: make(*sorted(chosen)))


def spans(least_gap):
    """Pairs within 0 to 5, the second at least `least_gap` after the first."""
    pairs = [(a, b) for a in range(6) for b in range(6) if b - a >= least_gap]
    return st.sampled_from(pairs)


@st.composite
def permits(draw):
    not_before, not_after = draw(spans(1))
    data_from, data_to = draw(spans(0))
    return ConsentTerms(
        draw(masks(purpose_of_use.mask_of, GRANTABLE, least=1)),
        draw(masks(data_categories.classes_of, CLASSES, least=1)) | draw(masks(data_categories.labels_of, LABELS)),
        not_before,
        not_after,
        data_from,
        data_to,
    )


@st.composite
def denials(draw):
    not_before, not_after = draw(spans(0))
    data_from, data_to = draw(spans(0))
    return Denial(
        draw(st.none() | masks(purpose_of_use.mask_of, PURPOSES)),
        draw(st.none() | masks(data_categories.classes_of, CLASSES)),
        draw(st.none() | masks(data_categories.labels_of, LABELS)),
        not_before,
        not_after,
        data_from,
        data_to,
    )


def parents_of(code):
    index = purpose_of_use.CODES.index(code)
    while (index := purpose_of_use.PARENTS[index]) is not None:
        yield purpose_of_use.CODES[index]


def named(mask):
    return {purpose_of_use.CODES[index] for index in range(60) if mask >> index & 1}


def permitted_in_the_model(permit, use):
    code = purpose_of_use.CODES[use.purpose]
    return (
        code not in ("BTG", "PurposeOfUse")
        and bool(named(permit.purposes) & {code, *parents_of(code)})
        and all(permit.categories >> bit & 1 for bit in range(64) if use.categories >> bit & 1)
        and permit.not_before <= use.at < permit.not_after
        and permit.data_from <= use.data_day <= permit.data_to
    )


def denied_in_the_model(denial, use):
    code = purpose_of_use.CODES[use.purpose]
    purposes = None if denial.purposes is None else named(denial.purposes) - {"BTG"}
    classes = use.categories & data_categories.ALL_CLASSES
    labels = use.categories & data_categories.ALL_LABELS
    return (
        (purposes is None or any(code == p or p in parents_of(code) or code in parents_of(p) for p in purposes))
        and (denial.classes is None or bool(denial.classes & classes))
        and (denial.labels is None or bool(denial.labels & labels))
        and denial.not_before <= use.at < denial.not_after
        and denial.data_from <= use.data_day <= denial.data_to
    )


CARRIED = [
    data_categories.class_bit(name) | data_categories.labels_of(*labels)
    for name in CLASSES
    for labels in [(), *[(code,) for code in LABELS], ("HIV", "PSY"), tuple(LABELS)]
]
POINTS = [
    Use(purpose_of_use.index_of(code), carried, at, day)
    for code, carried, (at, day) in itertools.product(
        PURPOSES, CARRIED, [(0, 0), (1, 4), (2, 2), (3, 5), (4, 1), (5, 3)]
    )
]
MOMENTS = [
    Use(purpose_of_use.index_of(code), CARRIED[0], at, day) for code in ("TREAT", "COC") for at in TIMES for day in DAYS
]


@given(permits(), st.sampled_from(POINTS + MOMENTS))
def test_terms_cover_what_the_model_permits(permit, use):
    assert permit.covers(use) == permitted_in_the_model(permit, use)


@given(permits(), denials())
def test_what_is_left_covers_exactly_the_permit_without_the_denial(permit, denial):
    left = consent_terms.subtract(permit, denial)
    for use in POINTS + MOMENTS:
        expected = permitted_in_the_model(permit, use) and not denied_in_the_model(denial, use)
        assert any(box.covers(use) for box in left) == expected, use


@given(permits(), denials(), denials())
def test_a_second_denial_is_taken_out_of_every_part(permit, first, second):
    parts = consent_terms.subtract(permit, first)
    left = consent_terms.prune([box for part in parts for box in consent_terms.subtract(part, second)])
    for use in POINTS + MOMENTS:
        expected = (
            permitted_in_the_model(permit, use)
            and not denied_in_the_model(first, use)
            and not denied_in_the_model(second, use)
        )
        assert any(box.covers(use) for box in left) == expected, use


@given(permits(), denials())
def test_every_part_is_valid_terms_within_the_permit(permit, denial):
    for box in consent_terms.subtract(permit, denial):
        box.validate()
        assert permit.contains(box)


@given(permits(), permits())
def test_an_intersection_covers_what_both_cover(one, other):
    both = consent_terms.intersect(one, other)
    for use in POINTS + MOMENTS:
        assert (both is not None and both.covers(use)) == (one.covers(use) and other.covers(use))


@given(st.lists(permits(), max_size=6))
def test_pruning_changes_no_coverage_and_leaves_no_part_within_another(boxes):
    kept = consent_terms.prune(boxes)
    for use in POINTS[::7] + MOMENTS:
        assert any(box.covers(use) for box in kept) == any(box.covers(use) for box in boxes)
    assert not any(a is not b and a.contains(b) for a in kept for b in kept)


@given(permits(), denials())
def test_a_denial_denies_what_the_model_denies(permit, denial):
    for use in POINTS[::3]:
        if permit.covers(use):
            assert denial.denies(use) == denied_in_the_model(denial, use)


@given(denials(), denials())
def test_the_extent_of_a_denial_is_larger_than_of_one_within_it(wide, narrow):
    def both(one, other):
        return other if one is None else one if other is None else one & other

    # The crossing of purposes is no mask of purposes, so the narrower denial takes them as they are.
    within = replace(
        wide,
        classes=both(wide.classes, narrow.classes),
        labels=both(wide.labels, narrow.labels),
        not_before=max(wide.not_before, narrow.not_before),
        not_after=min(wide.not_after, narrow.not_after),
        data_from=max(wide.data_from, narrow.data_from),
        data_to=min(wide.data_to, narrow.data_to),
    )
    assert within.extent() <= wide.extent()
    assert replace(within, purposes=None).extent() >= within.extent()
    if wide.classes is None and within.classes is not None:
        assert within.extent() < wide.extent()


def test_a_denial_of_everything_leaves_nothing():
    permit = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES)
    assert consent_terms.subtract(permit, Denial()) == []


def test_a_denial_elsewhere_leaves_the_permit_as_it_is():
    permit = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES)
    for denial in (
        Denial(purposes=purpose_of_use.mask_of("HRESCH")),
        Denial(labels=data_categories.labels_of("HIV")),
        Denial(purposes=purpose_of_use.mask_of("BTG")),
        Denial(not_before=5, not_after=5),
    ):
        assert consent_terms.subtract(permit, denial) == [permit]


def test_after_a_denied_child_the_siblings_stay_and_the_parent_must_be_named_more_precisely():
    permit = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES)
    (left,) = consent_terms.subtract(permit, Denial(purposes=purpose_of_use.mask_of("CLINTRL")))
    assert left == replace(permit, purposes=purpose_of_use.mask_of("COC", "ETREAT", "POPHLTH"))


def test_the_stamp_stays_with_every_part():
    permit = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES, stamp=7)
    for box in consent_terms.subtract(permit, Denial(classes=1, not_before=5, not_after=9, data_from=3, data_to=4)):
        assert box.stamp == 7
