"""DescribeLimits: AWS's default quotas."""


def test_answers_the_default_quotas(ddb) -> None:
    answer = ddb.describe_limits()
    assert {name: value for name, value in answer.items() if name != "ResponseMetadata"} == {
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    }
