"""Storage nodes: whole or not at all, in time or failed, and nothing but a node's name told."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest

from carechain.errors import CarechainError
from carechain.vault.storage import NodeFailed, ObjectMissing, Storage, StorageNode
from scripts.suite import ROOT
from tests.unit.vault.faulty_nodes import SECRET_OPTION, FaultyNodes

OPERATIONS = {
    "put": lambda node: node.put("key", b"later"),
    "get": lambda node: node.get("key"),
    "delete": lambda node: node.delete("key"),
}


@pytest.fixture(autouse=True)
def _generous_umask():
    """The strictness must be ours, not the user's settings'."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "made" / "north"


@pytest.fixture
def in_folder(folder):
    return StorageNode("north", f"file://{folder}", {}, 5)


@pytest.fixture
def in_memory(faulty):
    return faulty.nodes[0]


@pytest.fixture(params=["in_folder", "in_memory"])
def node(request):
    return request.getfixturevalue(request.param)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def failure(work, *arguments):
    """The sentence a node fails with: it says nothing of keys, places and options."""
    with pytest.raises(NodeFailed) as error:
        work(*arguments)
    message = str(error.value)
    assert error.value.__context__ is None
    assert not [told for told in ("/", "key ", "faulty:", "private", SECRET_OPTION) if told in message]
    return message


def test_what_was_put_is_got(node):
    node.put("a.key", b"content")
    assert node.get("a.key") == b"content"


def test_a_part_is_got_from_where_it_starts_and_ends_with_the_object(node):
    node.put("key", bytes(range(100)))
    assert node.get("key", 10, 5) == bytes(range(10, 15))
    assert node.get("key", 95, 50) == bytes(range(95, 100))
    assert node.get("key", 40) == bytes(range(40, 100))


def test_a_later_object_replaces_the_earlier_one_whole(node):
    node.put("key", b"a long content")
    node.put("key", b"short")
    assert node.get("key") == b"short"


def test_a_deleted_object_is_missing_and_may_be_deleted_again(node):
    node.put("key", b"content")
    node.put("other", b"content")
    node.delete("key")
    node.delete("key")
    assert node.get("other") == b"content"
    with pytest.raises(ObjectMissing, match="does not have what it was asked for"):
        node.get("key")


def test_a_node_that_was_never_used_has_nothing(node):
    with pytest.raises(ObjectMissing):
        node.get("key")


def test_files_and_folders_are_for_their_owner_alone(in_folder, folder):
    in_folder.put("key", b"content")
    assert [mode(path) for path in (folder / "key", folder, folder.parent)] == [0o600, 0o700, 0o700]


def test_a_full_disk_leaves_the_earlier_object_and_nothing_else(in_folder, folder, monkeypatch):
    in_folder.put("key", b"earlier")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert "failed (No space left on device)" in failure(in_folder.put, "key", b"later")
    assert in_folder.get("key") == b"earlier"
    assert [path.name for path in folder.iterdir()] == ["key"]


@pytest.mark.parametrize("length", [0, 1, 100, 3_000_000])
@pytest.mark.parametrize(
    "work", [lambda node: node.put("key", b"later"), lambda node: node.delete("key")], ids=["replaced", "deleted"]
)
def test_the_bytes_of_what_is_replaced_or_deleted_are_overwritten(in_folder, folder, work, length):
    in_folder.put("key", bytes([7]) * length)
    with (folder / "key").open("rb") as blocks:
        work(in_folder)
        assert os.fstat(blocks.fileno()).st_nlink == 0
        assert blocks.read() == bytes(length)


def test_what_an_interrupted_write_has_left_is_overwritten_when_it_is_deleted(in_folder, folder):
    in_folder.put("key", b"content")
    left = folder / ".key.0123456789abcdef.new"
    left.write_bytes(b"half of")
    with left.open("rb") as blocks:
        in_folder.delete("key")
        assert blocks.read() == bytes(7)


def test_a_write_that_fails_overwrites_nothing_of_the_earlier_object(in_folder, folder, monkeypatch):
    in_folder.put("key", b"earlier")
    monkeypatch.setattr(Path, "replace", lambda path, target: path.rename("/nowhere/at all"))
    with (folder / "key").open("rb") as blocks:
        failure(in_folder.put, "key", b"later")
        assert blocks.read() == in_folder.get("key") == b"earlier"


@pytest.mark.parametrize(
    "work", [lambda node: node.put("key", b"new"), lambda node: node.delete("key")], ids=["replaced", "deleted"]
)
def test_a_file_of_ours_that_an_object_is_a_second_name_of_is_not_overwritten(in_folder, folder, work):
    in_folder.put("other", b"other")
    outside = folder.parent / "outside"
    outside.write_bytes(b"not for the node")
    os.link(outside, folder / "key")
    work(in_folder)
    assert outside.read_bytes() == b"not for the node"


def test_a_pipe_or_folder_in_the_place_of_an_object_keeps_nobody_waiting(in_folder, folder):
    in_folder.put("other", b"other")
    os.mkfifo(folder / "key")
    in_folder.put("key", b"new")
    assert in_folder.get("key") == b"new"
    (folder / "third").mkdir()
    assert "failed (Is a directory)" in failure(in_folder.put, "third", b"new")


def test_what_an_interrupted_write_has_left_is_no_object_and_is_deleted_with_its_key(in_folder, folder):
    in_folder.put("key", b"content")
    in_folder.put("other", b"content")
    (folder / ".key.0123456789abcdef.new").write_bytes(b"half of")
    (folder / ".other.0123456789abcdef.new").write_bytes(b"half of")
    assert (in_folder.get("key"), in_folder.get("other")) == (b"content", b"content")
    in_folder.delete("key")
    assert sorted(path.name for path in folder.iterdir()) == [".other.0123456789abcdef.new", "other"]


def test_a_link_that_the_owner_of_a_folder_has_planted_is_not_followed(in_folder, folder):
    in_folder.put("key", b"content")
    outside = folder.parent / "outside"
    outside.write_bytes(b"not for the node")
    (folder / "key").unlink()
    (folder / "key").symlink_to(outside)
    failure(in_folder.get, "key")
    in_folder.put("key", b"new")
    assert (in_folder.get("key"), outside.read_bytes()) == (b"new", b"not for the node")


def test_an_object_counts_as_deleted_only_where_the_folder_is_there(in_folder, folder):
    in_folder.put("key", b"content")
    folder.rename(folder.with_name("taken away"))
    assert "failed" in failure(in_folder.delete, "key")
    folder.with_name("taken away").rename(folder)
    in_folder.delete("key")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("key", ["", "../outside", "/outside", ".hidden", "a/b", "UPPER", "a" * 129, "a\n"])
def test_a_key_that_could_name_another_place_is_not_used(node, folder, key):
    (folder.parent).mkdir(exist_ok=True)
    (folder.parent / "outside").write_bytes(b"untouched")
    node.put("key", b"content")
    for work in (lambda: node.put(key, b"new"), lambda: node.get(key), lambda: node.delete(key)):
        failure(work)
    assert node.get("key") == b"content"
    assert sorted(path.name for path in folder.parent.iterdir()) in (["north", "outside"], ["outside"])
    assert (folder.parent / "outside").read_bytes() == b"untouched"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_node_that_is_gone_has_failed(faulty, operation):
    faulty.is_gone("node-0")
    assert "The storage node node-0 failed (Connection refused)." in failure(OPERATIONS[operation], faulty.nodes[0])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_node_that_hangs_has_failed_in_time(faulty, operation):
    faulty.hangs("node-0")
    assert "The storage node node-0 did not answer within 0.2 s." in failure(OPERATIONS[operation], faulty.nodes[0])


def test_a_node_takes_nothing_else_until_what_it_hung_on_has_ended(faulty):
    node = faulty.nodes[0]
    node.put("key", b"first")
    faulty.hangs("node-0", ("put",))
    failure(node.put, "key", b"second")
    for operation in OPERATIONS.values():
        assert "has not ended what it was asked for before" in failure(operation, node)
    faulty.release()
    assert node.get("key") == b"second"
    node.put("key", b"third")
    assert node.get("key") == b"third"


def test_a_node_that_hangs_does_not_keep_a_program_from_ending(tmp_path):
    os.mkfifo(tmp_path / "key")  # opening it for reading waits for a writer that never comes
    program = (
        "from carechain.vault.storage import *\n"
        f"node = StorageNode('north', 'file://{tmp_path}', {{}}, 0.1)\n"
        "print(Storage(1, [node]).ask(['north'], lambda node: node.get('key'))['north'])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The storage node north did not answer within 0.1 s." in done.stdout


def test_a_node_shows_nothing_of_its_options():
    assert repr(StorageNode("north", "faulty://north", {"secret": SECRET_OPTION}, 1)) == "StorageNode('north')"


@pytest.mark.parametrize("url", ["nothing://of/the/kind", "gopher://x"])
def test_a_url_of_an_unknown_kind_is_refused(url):
    with pytest.raises(CarechainError, match="The URL of the storage node north is of a kind that is not installed"):
        StorageNode("north", url, {}, 1)


def test_all_nodes_are_asked_at_the_same_time(faulty):
    together = Barrier(5, timeout=5)
    answers = faulty.storage.ask(faulty.names, lambda node: together.wait())
    assert sorted(answers.values()) == list(range(5))
    with pytest.raises(BrokenBarrierError):
        Storage(1, faulty.nodes[:1]).ask(["node-0"], lambda node: Barrier(2, timeout=0.01).wait())


def test_the_nodes_that_work_answer_when_others_fail(faulty):
    faulty.is_gone("node-1")
    faulty.hangs("node-3")
    answers = faulty.storage.ask([*faulty.names, "node-9"], lambda node: node.delete("key"))
    assert [name for name, answer in answers.items() if isinstance(answer, NodeFailed)] == [
        "node-1",
        "node-3",
        "node-9",
    ]
    assert "is not among the nodes of this storage" in str(answers["node-9"])
    assert answers["node-0"] is None


def test_a_mistake_of_ours_is_no_failure_of_a_node(faulty):
    with pytest.raises(ZeroDivisionError):
        faulty.storage.ask(faulty.names, lambda node: 1 // 0)


@pytest.mark.parametrize("needed", [0, -1, 6])
def test_more_nodes_needed_than_there_are_is_refused(needed):
    with pytest.raises(CarechainError, match=f"needs {needed} of 5 nodes"):
        FaultyNodes(needed, 5)


def test_more_nodes_than_the_code_has_rows_are_refused():
    with pytest.raises(CarechainError, match="needs 3 of 256 nodes"):
        FaultyNodes(3, 256)


def test_two_nodes_of_one_name_are_refused():
    nodes = [StorageNode("north", f"faulty://{place}", {}, 1) for place in "ab"]
    with pytest.raises(CarechainError, match=r"nodes\[1\].name is another node's too"):
        Storage(1, nodes)


def test_two_nodes_at_one_place_are_refused_by_whatever_way_they_come_to_it(tmp_path):
    (tmp_path / "north").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "north")
    for other in (f"file://{tmp_path}/link", f"file://{tmp_path}/link/../north/", f"file://{tmp_path}/north"):
        nodes = [StorageNode("north", f"file://{tmp_path}/north", {}, 1), StorageNode("south", other, {}, 1)]
        with pytest.raises(CarechainError, match=r"nodes\[1\].url is the place of north too"):
            Storage(1, nodes)


def test_a_folder_inside_another_nodes_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "north" / "deep")
    outer, inner = f"file://{tmp_path}/north", f"file://{tmp_path}/link/south"
    for urls, problem in (
        ((outer, inner), "is inside the folder of n0"),
        ((inner, outer), "has the folder of n0 inside"),
    ):
        nodes = [StorageNode(f"n{n}", url, {}, 1) for n, url in enumerate(urls)]
        with pytest.raises(CarechainError, match=rf"nodes\[1\].url {problem}"):
            Storage(1, nodes)


def test_folders_whose_names_begin_alike_are_apart(tmp_path):
    nodes = [StorageNode(name, f"file://{tmp_path}/{name}", {}, 1) for name in ("north", "north-2")]
    assert len(Storage(1, nodes).nodes) == 2


def test_one_bucket_at_two_services_is_two_places():
    urls = ("http://127.0.0.1:1", "http://127.0.0.1:2")
    nodes = [StorageNode(f"n{n}", "s3://bucket", {"endpoint_url": url}, 1) for n, url in enumerate(urls)]
    assert len(Storage(1, nodes).nodes) == 2
