"""The recovery of a patient's key, from the plan to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carechain.governance import DAY
from tests.helpers.suite import pass_time


def recover(consents: Any, patient: Any, guardians: Sequence[Any], new_key: Any) -> None:
    """All guardians approve a new key, and it comes into force after the shortest delay."""
    consents.planRecovery(patient, guardians, len(guardians), DAY, {"from": patient})
    for guardian in guardians:
        consents.approveRecovery(patient, new_key, {"from": guardian})
    pass_time(DAY)
    consents.finishRecovery(patient, new_key, {"from": guardians[0]})
    pass_time()
