"""The same against an S3-compatible service, started by the test: written, read, lost, repaired, and shut down."""

from __future__ import annotations

import logging
import random
import socket

import boto3
import pytest
from moto.server import ThreadedMotoServer

from carechain.errors import CarechainError
from carechain.vault.encryption import seal, unseal
from carechain.vault.packs import ShardStore
from carechain.vault.storage import NodeFailed, ObjectMissing, Storage

NAMES = ["north", "east", "south", "west", "harbour"]
ACCESS_KEY = "an-access-key-of-the-test"
SECRET_KEY = "a-secret-key-of-the-test"
DATA_KEY = bytes(range(32))
TEXT = b"Glucose 15.4 mmol/L, high"
ITEMS = [random.Random(n).randbytes(1000 + n) for n in range(20)]


def service():
    return ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)


def endpoint(server):
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def client_of(server):
    return boto3.client(
        "s3",
        endpoint_url=endpoint(server),
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
    )


@pytest.fixture(scope="module")
def running():
    """Two services at ports of their own: three buckets are at the first, two at the second."""
    started = [service(), service()]
    for server in started:
        server.start()
    yield started
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def clients(running):
    """By node, what reaches its bucket past us."""
    at = [client_of(server) for server in running]
    return {name: at[n // 3] for n, name in enumerate(NAMES)}


@pytest.fixture
def buckets(clients):
    """The same, with every bucket there and empty."""
    for name, client in clients.items():
        client.create_bucket(Bucket=name)
        for found in client.list_objects_v2(Bucket=name).get("Contents", []):
            client.delete_object(Bucket=name, Key=found["Key"])
    return clients


def described(endpoints, timeout):
    lines = ["needed: 3", f"timeout: {timeout}", "nodes:"]
    for n, name in enumerate(NAMES):
        lines += [
            f"- name: {name}",
            f"  url: s3://{name}/shards",
            f"  options: {{endpoint_url: '{endpoints[n // 3]}', config_kwargs: {{retries: {{max_attempts: 0}}}}}}",
            "  environment: {key: NODES_ACCESS, secret: NODES_SECRET}",
        ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """Storage as a file describes it, at two endpoints."""
    path = tmp_path_factory.mktemp("s3") / "storage.yaml"

    def loaded(*endpoints, timeout=10):
        path.write_text(described(endpoints, timeout), "utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NODES_ACCESS", ACCESS_KEY)
            patch.setenv("NODES_SECRET", SECRET_KEY)
            return Storage.load(path)

    return loaded


@pytest.fixture(scope="module")
def storage(running, load):
    return load(*map(endpoint, running))


@pytest.fixture
def store(buckets, storage):
    return ShardStore(storage)


def test_a_node_puts_gets_and_deletes(buckets, storage):
    node = storage.nodes["west"]
    node.put("key", b"earlier")
    node.put("key", bytes(range(100)))
    assert node.get("key") == bytes(range(100))
    assert node.get("key", 10, 5) == bytes(range(10, 15))
    assert node.get("key", 95, 50) == bytes(range(95, 100))
    assert node.get("key", 100, 50) == node.get("key", 200) == b""
    assert buckets["west"].head_object(Bucket="west", Key="shards/key")["ContentLength"] == 100
    node.delete("key")
    node.delete("key")
    assert buckets["west"].list_objects_v2(Bucket="west")["KeyCount"] == 0
    with pytest.raises(ObjectMissing):
        node.get("key")


def test_records_are_written_lost_read_and_repaired(store, buckets):
    plan = store.plan(ITEMS)
    assert store.write(plan) == ()
    for name in plan.pack.nodes[:2]:
        buckets[name].delete_object(Bucket=name, Key=f"shards/{plan.pack.id}")
    reading = store.read_many(plan.pack, plan.placements)
    assert (reading.items, set(reading.bad)) == (tuple(ITEMS), set(plan.pack.nodes[:2]))
    assert store.repair(plan.pack, plan.placements).repaired == dict.fromkeys(plan.pack.nodes[:2], 20)
    assert store.check(plan.pack, plan.placements).healthy
    assert store.read_many(plan.pack, plan.placements[7:8]).items == (ITEMS[7],)


@pytest.mark.parametrize("body", [b"garbage", b""])
def test_altered_objects_are_found_and_repaired(store, buckets, body):
    plan = store.plan(ITEMS)
    store.write(plan)
    one, two = plan.pack.nodes[1:3]
    buckets[one].put_object(Bucket=one, Key=f"shards/{plan.pack.id}", Body=body)
    row = buckets[two].get_object(Bucket=two, Key=f"shards/{plan.pack.id}")["Body"].read()
    buckets[two].put_object(Bucket=two, Key=f"shards/{plan.pack.id}", Body=row[1:])
    assert store.read_many(plan.pack, plan.placements).items == tuple(ITEMS)
    assert store.repair(plan.pack, plan.placements).repaired == {one: 20, two: 20}
    assert store.check(plan.pack, plan.placements).healthy


def test_erased_records_are_zero_in_every_bucket_and_deleted_packs_in_none(store, buckets):
    plan = store.plan(ITEMS)
    store.write(plan)
    gone = plan.placements[4]
    assert store.blank(plan.pack, [gone]) == ()
    for name, client in buckets.items():
        row = client.get_object(Bucket=name, Key=f"shards/{plan.pack.id}")["Body"].read()
        assert not any(row[gone.offset : gone.offset + gone.width])
        assert any(row)
    assert store.delete(plan.pack) == ()
    assert not [name for name, client in buckets.items() if client.list_objects_v2(Bucket=name).get("Contents")]


def test_a_bucket_that_is_gone_neither_takes_nor_counts_as_emptied(store, buckets):
    plan = store.plan(ITEMS)
    store.write(plan)
    buckets["east"].delete_object(Bucket="east", Key=f"shards/{plan.pack.id}")
    buckets["east"].delete_bucket(Bucket="east")
    assert store.delete(plan.pack) == ("east",)
    assert store.write(store.plan(ITEMS)) == ("east",)


def test_a_service_that_is_shut_down_in_the_middle_loses_nothing_of_what_was_written(load, running, buckets):
    second = service()
    second.start()
    try:
        store = ShardStore(load(endpoint(running[0]), endpoint(second)))
        client = client_of(second)
        for name in NAMES[3:]:
            client.create_bucket(Bucket=name)
        plan = store.plan(ITEMS)
        assert store.write(plan) == ()
    finally:
        second.stop()
    reading = store.read_many(plan.pack, plan.placements)
    assert reading.items == tuple(ITEMS)
    assert set(store.delete(plan.pack)) == set(NAMES[3:])
    with pytest.raises(CarechainError, match="took 3 of 5 shards, 4 are required"):
        store.write(store.plan(ITEMS))
    assert not [name for name in NAMES[:3] if buckets[name].list_objects_v2(Bucket=name).get("Contents")]


def test_a_service_that_takes_the_connection_and_never_answers_has_failed_in_time(load):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        node = load(address, address.replace("127.0.0.1", "localhost"), timeout=0.3).nodes["north"]
        for work in (lambda: node.get("key"), lambda: node.delete("key")):
            with pytest.raises(NodeFailed, match="The storage node north"):
                work()


def test_neither_plaintext_nor_keys_are_in_logs_or_exceptions(store, buckets, caplog):
    sealed = [seal(DATA_KEY, TEXT, b"context")]
    refusals = []
    with caplog.at_level(logging.DEBUG):
        plan = store.plan(sealed)
        store.write(plan)
        for name in plan.pack.nodes[:3]:
            assert unseal(DATA_KEY, store.read_many(plan.pack, plan.placements[:1]).items[0], b"context") == TEXT
            buckets[name].delete_object(Bucket=name, Key=f"shards/{plan.pack.id}")
        for work in (store.read_many, store.repair):
            try:
                refusals.append(work(plan.pack, plan.placements))
            except CarechainError as error:
                refusals.append((error, error.__context__))
    assert any(record.name.startswith(("s3fs", "botocore", "aiobotocore")) for record in caplog.records)
    told = caplog.text + repr(refusals)
    assert len(refusals) == 2
    for secret in (TEXT.decode(), TEXT[:8].decode(), SECRET_KEY, DATA_KEY.hex(), repr(DATA_KEY)):
        assert secret not in told
