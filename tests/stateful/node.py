"""The node, asked past Brownie, whose bookkeeping would take most of the time of thousands of calls."""

from __future__ import annotations

import time

from eth_abi import decode, encode

from carechain.contract_errors import ErrorDecoder


class Node:
    """It decodes refusals by these ABIs."""

    def __init__(self, web3, *abis):
        self._provider = web3.provider
        self._decoder = ErrorDecoder(abis)

    def send(self, sender, address, data):
        """Sends a transaction. The error with which it was refused, or None; refused ones are mined, too."""
        transaction = {"from": sender, "to": address, "data": data}
        receipt = self._receipt(
            self._ask("eth_sendTransaction", {**transaction, "gas": hex(5_000_000), "gasPrice": "0x0"})
        )
        if int(receipt["status"], 16) == 1:
            return None
        return self.refusal(sender, address, data, receipt["blockNumber"])

    def refusal(self, sender, address, data, block="latest"):
        """The error with which a call is refused."""
        asked = {"from": sender, "to": address, "data": data}
        error = self._provider.make_request("eth_call", [asked, block])["error"]
        return self._decoder.refusal("the call", ValueError(error)).name

    def answer(self, address, data):
        return bytes.fromhex(self._ask("eth_call", {"to": address, "data": data}, "latest")[2:])

    def answers(self, contract, asked):
        """The answers to many questions, in one call."""
        encoded = encode(["bytes[]"], [[bytes.fromhex(data[2:]) for data in asked]]).hex()
        return decode(["bytes[]"], self.answer(contract.address, contract.multicall.signature + encoded))[0]

    def _ask(self, method, *parameters):
        return self._provider.make_request(method, list(parameters))["result"]

    def _receipt(self, transaction):
        for _ in range(1_000):
            receipt = self._ask("eth_getTransactionReceipt", transaction)
            if receipt is not None:
                return receipt
            time.sleep(0.005)
        raise AssertionError("the node did not mine a transaction within seconds")
