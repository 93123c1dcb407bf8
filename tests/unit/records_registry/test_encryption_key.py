"""The key to which others wrap keys for an organisation."""

import coincurve
import pytest

from tests.helpers.refusals import refusal_of, refused
from tests.helpers.suite import CLINIC, HOSPITAL


def point(secret):
    """The compressed public key of a small secret."""
    return coincurve.PrivateKey.from_int(secret).public_key.format()


KEY = point(2)
ON_NO_CURVE = b"\x02" + b"\x03" * 32
GENERATOR = point(1)


def test_it_is_published(records, hospital):
    sent = records.publishEncryptionKey(KEY, {"from": hospital})
    assert records.encryptionKeyOf(HOSPITAL) == "0x" + KEY.hex()
    assert dict(sent.events["EncryptionKeyPublished"]) == {"organisation": HOSPITAL, "key": "0x" + KEY.hex()}


def test_until_then_there_is_none(records, hospital):
    records.publishEncryptionKey(KEY, {"from": hospital})
    assert [str(records.encryptionKeyOf(organisation)) for organisation in (0, CLINIC, 99)] == ["0x", "0x", "0x"]


def test_a_later_one_replaces_it(records, hospital):
    for secret in (3, 4, 5):
        records.publishEncryptionKey(point(secret), {"from": hospital})
        assert records.encryptionKeyOf(HOSPITAL) == "0x" + point(secret).hex()


def test_keys_of_both_parities_are_taken(records, hospital):
    keys = [point(secret) for secret in range(2, 12)]
    assert {key[0] for key in keys} == {2, 3}
    for key in keys:
        records.publishEncryptionKey.call(key, {"from": hospital})


@pytest.mark.parametrize(
    "key",
    [
        b"",
        KEY[:32],
        KEY + b"\x00",
        b"\x04" + KEY[1:],
        b"\x00" + KEY[1:],
        b"\x01" + KEY[1:],
        coincurve.PrivateKey.from_int(2).public_key.format(compressed=False),
        ON_NO_CURVE,
        b"\x03" + ON_NO_CURVE[1:],
        b"\x02" + bytes(32),
        b"\x02" + b"\xff" * 32,
        GENERATOR,
    ],
    ids=bytes.hex,
)
def test_what_is_no_compressed_point_is_refused(records, hospital, key):
    with refused("RecordEncryptionKeyInvalid", key):
        records.publishEncryptionKey(key, {"from": hospital})


def test_points_are_told_from_what_is_none(records, hospital):
    keys = [b"\x02" + bytes([value]) * 32 for value in range(1, 41)]
    expected = [None if on_curve(key) else "RecordEncryptionKeyInvalid" for key in keys]
    assert {None, "RecordEncryptionKeyInvalid"} == set(expected)
    assert [refusal_of(records.publishEncryptionKey, key, {"from": hospital}) for key in keys] == expected


def on_curve(key):
    try:
        coincurve.PublicKey(key)
    except ValueError:
        return False
    return True
