"""The readings that are kept behind the roots on the chain."""

from __future__ import annotations

import stat

import pytest

from carechain.errors import CarechainError
from carechain.supply.kept_readings import KeptReadings
from carechain.supply.sensor_log import AnchoredBatch
from carechain.supply.temperature import Reading, batch_root

SENSOR = 3
FIRST = [Reading(100, 500), Reading(110, -2_000), Reading(120, 510)]
SECOND = [Reading(130, 520), Reading(140, 530)]


def anchored(readings, index=0):
    """As the chain has a batch."""
    root = batch_root(readings)
    return AnchoredBatch(index, 1_000, readings[0].at, readings[-1].at, len(readings), 10, root, b"")


@pytest.fixture
def kept(tmp_path):
    return KeptReadings(tmp_path / "kept")


def test_readings_of_all_batches_come_in_their_order(kept):
    kept.keep(SENSOR, SECOND)
    kept.keep(SENSOR, FIRST)
    assert kept.series(SENSOR, [anchored(FIRST), anchored(SECOND, 1)]) == (*FIRST, *SECOND)


def test_a_batch_is_a_file_of_nine_bytes_a_reading_for_its_owner_alone(kept):
    kept.keep(SENSOR, FIRST)
    (path,) = kept.folder.rglob("*.*")
    assert path == kept.folder / "3" / "100.readings"
    assert path.read_bytes() == b"".join(reading.to_bytes() for reading in FIRST)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_batch_that_is_not_here_is_none(kept):
    kept.keep(SENSOR, FIRST)
    assert kept.batch(SENSOR, anchored(SECOND)) is None
    assert kept.batch(SENSOR + 1, anchored(FIRST)) is None


def test_a_series_with_a_batch_that_is_not_here_is_refused(kept):
    kept.keep(SENSOR, FIRST)
    with pytest.raises(CarechainError, match=r"130\.readings is not here"):
        kept.series(SENSOR, [anchored(FIRST), anchored(SECOND, 1)])


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-9],
        lambda content: content[:-1],
        lambda content: content + Reading(121, 500).to_bytes(),
        lambda content: content[:8] + bytes([content[8] ^ 1]) + content[9:],
        lambda content: content[9:] + content[:9],
        lambda content: b"\xff" * len(content),
        lambda content: b"",
    ],
    ids=["a reading less", "cut off", "a reading more", "another value", "another order", "no readings", "empty"],
)
def test_a_changed_file_is_noticed_by_the_root_on_the_chain(kept, damage):
    kept.keep(SENSOR, FIRST)
    path = kept.path_of(SENSOR, 100)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CarechainError, match="has other readings than were anchored"):
        kept.batch(SENSOR, anchored(FIRST))


def test_a_batch_of_another_count_than_the_chain_has_is_noticed(kept):
    kept.keep(SENSOR, FIRST)
    counted = AnchoredBatch(0, 1_000, 100, 120, 2, 10, batch_root(FIRST), b"")
    with pytest.raises(CarechainError, match="has other readings than were anchored"):
        kept.batch(SENSOR, counted)


def test_a_batch_that_was_never_anchored_gives_way_to_the_one_that_is(kept):
    kept.keep(SENSOR, FIRST[:2])
    kept.keep(SENSOR, FIRST)
    assert kept.series(SENSOR, [anchored(FIRST)]) == tuple(FIRST)


def test_a_batch_that_was_never_anchored_is_no_part_of_the_series(kept):
    kept.keep(SENSOR, FIRST)
    kept.keep(SENSOR, SECOND)
    assert kept.series(SENSOR, [anchored(FIRST)]) == tuple(FIRST)


def test_what_was_lost_or_damaged_is_restored_from_the_readings_themselves(kept):
    kept.keep(SENSOR, FIRST)
    kept.path_of(SENSOR, 100).write_bytes(b"damaged")
    batches = [anchored(FIRST), anchored(SECOND, 1)]
    assert kept.restore(SENSOR, batches, [Reading(90, 0), *FIRST, *SECOND, Reading(150, 0)]) == 2
    assert kept.series(SENSOR, batches) == (*FIRST, *SECOND)
    assert kept.restore(SENSOR, batches, [*FIRST, *SECOND]) == 0


def test_other_readings_restore_nothing(kept):
    changed = [*FIRST[:2], Reading(120, 511)]
    assert kept.restore(SENSOR, [anchored(FIRST)], changed) == 0
    assert kept.batch(SENSOR, anchored(FIRST)) is None


def test_a_failed_write_leaves_the_batch_before_it(kept, monkeypatch):
    kept.keep(SENSOR, FIRST)

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        kept.keep(SENSOR, FIRST[:1])
    assert [path.name for path in (kept.folder / "3").iterdir()] == ["100.readings"]
    assert kept.series(SENSOR, [anchored(FIRST)]) == tuple(FIRST)
