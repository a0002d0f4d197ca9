"""DescribeEndpoints: one address, for a day."""

import re


def test_answers_one_address_that_holds_for_a_day(ddb) -> None:
    [endpoint] = ddb.describe_endpoints()["Endpoints"]
    assert endpoint["CachePeriodInMinutes"] == 1440
    assert re.fullmatch(r"[a-z0-9.-]+(:\d+)?", endpoint["Address"])
