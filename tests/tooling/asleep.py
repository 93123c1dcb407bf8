"""A test that is still running when test_local_chain.py interrupts it."""

import time


def test_that_sleeps() -> None:
    print("asleep", flush=True)
    time.sleep(60)
