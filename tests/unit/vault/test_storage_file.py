"""The file of storage nodes: read strictly, and never with a secret in it."""

from __future__ import annotations

import pytest
import yaml

from carechain.errors import CarechainError
from carechain.vault.storage import Storage
from scripts.suite import ROOT

EXAMPLE = ROOT / "examples" / "storage.yaml"
NODES = [{"name": "north", "url": "file:north"}, {"name": "south", "url": "file:///srv/south"}]
SECRET = "a secret that nobody is to read"


@pytest.fixture
def write(tmp_path):
    def written(content):
        path = tmp_path / "storage.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
        return path

    return written


def described(*nodes, needed=1, timeout=5, **more):
    return {"needed": needed, "timeout": timeout, "nodes": list(nodes), **more}


def north(**fields):
    return described({**NODES[0], **fields})


def refusal(path):
    with pytest.raises(CarechainError) as error:
        Storage.load(path)
    assert error.value.place.startswith(str(path))
    assert SECRET not in repr(error.value)
    return str(error.value).removeprefix(str(path))


def test_the_example_has_five_folders_of_which_three_are_needed():
    storage = Storage.load(EXAMPLE)
    assert (storage.needed, list(storage.nodes)) == (3, ["north", "east", "south", "west", "harbour"])
    assert {node.place for node in storage.nodes.values()} == {
        ROOT / "private" / "storage" / name for name in storage.nodes
    }


def test_a_relative_folder_is_relative_to_the_file(write, tmp_path):
    storage = Storage.load(write(described(*NODES, {"name": "west", "url": "file:../west"})))
    assert [str(node.place) for node in storage.nodes.values()] == [
        f"{tmp_path}/north",
        "/srv/south",
        f"{tmp_path.parent}/west",
    ]
    storage.nodes["north"].put("key", b"content")
    assert (tmp_path / "north" / "key").read_bytes() == b"content"


def test_secret_options_come_from_the_environment(write, monkeypatch):
    monkeypatch.setenv("NORTH_SECRET", SECRET)
    content = north(url="s3://bucket", options={"anon": False}, environment={"secret": "NORTH_SECRET"})
    node = Storage.load(write(content)).nodes["north"]
    assert node._objects._options["secret"] == SECRET
    assert node._objects._options["anon"] is False
    assert SECRET not in repr(node)


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(write, monkeypatch, value):
    monkeypatch.delenv("NORTH_SECRET", raising=False)
    if value is not None:
        monkeypatch.setenv("NORTH_SECRET", value)
    path = write(north(url="s3://bucket", environment={"secret": "NORTH_SECRET"}))
    assert ": nodes[0].environment.secret is in no variable NORTH_SECRET" in refusal(path)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"key": SECRET}, "key"),
        ({"secret": SECRET}, "secret"),
        ({"Password": SECRET}, "Password"),
        ({"client_kwargs": {"aws_session_token": SECRET}}, "client_kwargs.aws_session_token"),
        ({"a": [{"b": {"credential": SECRET}}]}, "a.b.credential"),
    ],
)
def test_a_secret_in_the_file_is_refused(write, options, named):
    assert f": nodes[0].options.{named} is a secret" in refusal(write(north(options=options)))


@pytest.mark.parametrize("url", [f"ftp://reader:{SECRET.replace(' ', '-')}@host/x", "s3://key@bucket/x"])
def test_a_secret_in_a_url_is_refused(write, url):
    message = refusal(write(north(url=url)))
    assert ": nodes[0].url holds a name or password" in message
    assert url not in message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- a list", " must have exactly the fields needed, nodes, timeout"),
        ("", " must have exactly the fields"),
        ("{", " is not YAML"),
        ("needed: 1\nneeded: 1\ntimeout: 5\nnodes: []", " is not YAML in UTF-8, or has a key twice"),
        (described(*NODES, colour="red"), " must have exactly the fields"),
        ({"needed": 1, "nodes": NODES}, " must have exactly the fields"),
        (described(*NODES, needed="2"), ": needed is not a number"),
        (described(*NODES, needed=True), ": needed is not a number"),
        (described(*NODES, needed=3), ": The storage needs 3 of 2 nodes"),
        (described(*NODES, needed=0), ": The storage needs 0 of 2 nodes"),
        (described(needed=1), ": The storage needs 1 of 0 nodes"),
        (described(*NODES, timeout=0), ": timeout is not a number of seconds"),
        (described(*NODES, timeout="soon"), ": timeout is not a number of seconds"),
        (described(*NODES, timeout=True), ": timeout is not a number of seconds"),
        (described(*NODES, timeout=float("nan")), ": timeout is not a number of seconds"),
        (described(*NODES, timeout=float("inf")), ": timeout is not a number of seconds"),
        ({"needed": 1, "timeout": 5, "nodes": {"name": "north"}}, ": nodes is not a list"),
        (described("north"), ": nodes[0] must have the fields name and url"),
        (described({"name": "north"}), ": nodes[0] must have the fields name and url"),
        (described(NODES[0], {**NODES[1], "colour": "red"}), ": nodes[1] must have the fields name and url"),
        (described(NODES[0], {**NODES[1], "name": "north"}), ": nodes[1].name is another node's too"),
        (described(NODES[0], {**NODES[0], "name": "east"}), ": nodes[1].url is the place of north too"),
        (described(NODES[0], {"name": "east", "url": "file:east/../north"}), ": nodes[1].url is the place of north"),
        (north(name=""), ": nodes[0].name is no name"),
        (north(name="up north"), ": nodes[0].name is no name"),
        (north(name=7), ": nodes[0].name is no name"),
        (north(url=7), ": nodes[0].url is not a URL"),
        (north(url="a/folder"), ": nodes[0].url is not a URL"),
        (north(url="simplecache::s3://bucket"), ": nodes[0].url is not a URL"),
        (north(url="file://host/folder"), ": nodes[0].url names a host"),
        (north(url="http://[::1"), ": nodes[0].url is not a URL"),
        (north(url="nothing://bucket"), ": nodes[0].url is of a kind that is not installed"),
        (north(options=["anon"]), ": nodes[0].options are not names with values"),
        (north(options={1: 2}), ": nodes[0].options are not names with values"),
        (north(environment="KEY"), ": nodes[0].environment are not options with names of variables"),
        (north(environment={"secret": 7}), ": nodes[0].environment are not options with names of variables"),
        (north(options={"anon": True}, environment={"anon": "X"}), ": nodes[0].environment.anon is among the options"),
    ],
)
def test_a_malformed_file_is_refused_with_the_place(write, content, problem):
    assert problem in refusal(write(content))


def test_a_missing_file_is_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "storage.yaml")
