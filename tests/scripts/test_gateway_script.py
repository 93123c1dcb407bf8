"""`brownie run gateway serve`, and what `records read` writes of that which a gateway has released."""

from __future__ import annotations

import json
import threading

import pytest
import requests

import scripts.gateway
import scripts.records
from carechain.access_request import REFUSED
from carechain.gateway_server import GatewayServer
from carechain.requester import OpenedRecord

PATIENT = "Patient/river-0042"


def opened(content):
    return OpenedRecord(content, bytes(32), 1, 0)


def resource(name):
    return opened(json.dumps({"resourceType": name, "note": "penicillin"}).encode())


@pytest.fixture
def asked():
    """What gateways were asked."""
    return []


@pytest.fixture
def read(run, deployed, tmp_path, monkeypatch, asked):
    """Runs `records read` of records that a gateway has released. The run, and the files by their paths."""

    def run_read(*released):
        def read_as(*arguments):
            asked.append(arguments)
            return list(released)

        monkeypatch.setattr(scripts.records, "read_as", read_as)
        done = run(scripts.records.read, PATIENT, "TREAT", "all", tmp_path / "deep" / "out", "requester=3")
        written = [path for path in tmp_path.rglob("*.json") if json.loads(path.read_text()).get("note")]
        return done, sorted(str(path.relative_to(tmp_path)) for path in written)

    return run_read


# ---------------------------------------------------------------------- read


def test_records_are_written_under_their_number_and_type(read):
    done, written = read(resource("Condition"), resource("Binary"))
    assert done.code == 0
    assert written == ["deep/out/00001-Condition.json", "deep/out/00002-Binary.json"]


@pytest.mark.parametrize("name", ["x/../../../pwned", "../../pwned", "/tmp/pwned", "Pwned", None])
def test_a_custodian_names_no_file_of_the_requesters(read, name):
    done, written = read(resource(name))
    assert done.code == 0
    assert written == ["deep/out/00001-Unknown.json"]


def test_a_record_that_cannot_be_read_keeps_no_other_back(read):
    number = b'{"resourceType":"Condition","note":"penicillin","value":' + b"1" * 5_000 + b"}"
    done, written = read(resource("Condition"), opened(number), opened(b"\xff"), resource("Observation"))
    assert written == ["deep/out/00001-Condition.json", "deep/out/00004-Observation.json"]
    assert (done.code, done.refused) == (1, ["Record 2", "Record 3"])
    assert "penicillin" not in done.output


def test_a_folder_with_files_is_refused_before_anything_is_asked(read, asked, tmp_path):
    folder = tmp_path / "deep" / "out"
    folder.mkdir(parents=True)
    assert read(resource("Condition"))[0].code == 0
    done, written = read(resource("Observation"))
    assert (done.code, done.refused) == (1, [str(folder)])
    assert written == ["deep/out/00001-Condition.json"]
    assert len(asked) == 1


# ---------------------------------------------------------------------- serve


def test_a_gateway_serves_until_it_is_interrupted(run, deployed, tmp_path, monkeypatch):
    served = []

    def serve_once(server):
        """As `serve_forever`, with Ctrl-C after one request."""
        asking = threading.Thread(target=lambda: served.append(requests.post(server.url, data="{}", timeout=5)))
        asking.start()
        server.handle_request()
        asking.join()
        raise KeyboardInterrupt

    monkeypatch.setattr(GatewayServer, "serve_forever", serve_once)
    done = run(scripts.gateway.serve, 0, f"vault={tmp_path / 'vault'}")
    assert done.code == 0
    assert "The gateway of organisation 1 answers at http://127.0.0.1:" in done.output
    assert "Stopped." in done.output
    assert [response.text for response in served] == [REFUSED.to_json()]


@pytest.mark.parametrize("port", ["70000", "-1", "http", "9" * 5_000])
def test_a_port_that_is_none_is_refused(run, port):
    assert run(scripts.gateway.serve, port).refused == [f"The port {port}"]
