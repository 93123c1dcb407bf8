"""The last of the measurements, by its name: none was forgotten."""


def test_every_operation_of_the_budget_was_measured(gas_report):
    assert gas_report.is_complete
