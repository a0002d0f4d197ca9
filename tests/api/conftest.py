"""Tables that tests of operations share."""

import pytest

from tables import create_table


@pytest.fixture
def hash_table(ddb) -> str:
    """A table with partition key `a`, a string."""
    return create_table(ddb, "hash", "a:S")


@pytest.fixture
def range_table(ddb) -> str:
    """A table with partition key `a` and sort key `b`, both strings."""
    return create_table(ddb, "range", "a:S", "b:S")


@pytest.fixture
def number_table(ddb) -> str:
    """A table with partition key `a`, a string, and sort key `b`, a number."""
    return create_table(ddb, "rangen", "a:S", "b:N")
