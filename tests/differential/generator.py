"""The endless, seeded run of operations of one worker."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from . import (
    batch_operations,
    item_operations,
    read_operations,
    statement_operations,
    stream_operations,
    table_operations,
)
from .mutation import maybe_mutate
from .schema import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .operation import Operation
    from .schema import Features

OF_A_TABLE = {
    "PutItem": (22, item_operations.put_item),
    "UpdateItem": (30, item_operations.update_item),
    "DeleteItem": (8, item_operations.delete_item),
    "GetItem": (8, item_operations.get_item),
    "Query": (15, read_operations.query),
    "Scan": (7, read_operations.scan),
    "ExecuteStatement": (24, statement_operations.execute_statement),
}
OF_TABLES = {
    "BatchWriteItem": (4, batch_operations.batch_write_item),
    "BatchGetItem": (4, batch_operations.batch_get_item),
    "TransactWriteItems": (8, batch_operations.transact_write_items),
    "TransactGetItems": (3, batch_operations.transact_get_items),
    "BatchExecuteStatement": (5, statement_operations.batch_execute_statement),
    "ExecuteTransaction": (6, statement_operations.execute_transaction),
}
OF_CONTROL = {
    "CreateTable": (1.0, table_operations.create_table),
    "DeleteTable": (0.7, table_operations.delete_table),
    "DescribeTable": (1.0, table_operations.describe_table),
    "ListTables": (0.3, table_operations.list_tables),
    "DescribeLimits": (0.05, table_operations.describe_limits),
    "UpdateTable": (0.8, table_operations.update_table),
    "UpdateTimeToLive": (0.5, table_operations.update_time_to_live),
    "DescribeTimeToLive": (0.3, table_operations.describe_time_to_live),
}
OF_A_STREAM = {
    "ListStreams": (0.1, stream_operations.list_streams),
    "DescribeStream": (0.2, stream_operations.describe_stream),
    "GetShardIterator": (0.3, stream_operations.get_shard_iterator),
    "GetRecords": (0.1, stream_operations.get_records),
}
# How often an operation on items goes to a table that comes and goes.
CHURNED = 0.06
# How many times as often as else what a run is told to send often.
OFTEN = 10
GROUPS = (OF_A_TABLE, OF_TABLES, OF_CONTROL, OF_A_STREAM)
WEIGHTED = {name: weight for group in GROUPS for name, (weight, _) in group.items()}


class Generator:
    """Gives the operations of a seed, one after the other; the same seed gives the same ones."""

    def __init__(self, seed: str, prefix: str, features: Features, often: Sequence[str] = ()) -> None:
        self.chance = Random(seed)
        self.prefix = prefix
        self.features = features
        self.tables = tables(prefix, features)
        self._churned = table_operations.churned_tables(prefix)
        self._streamed = [table for table in self.tables if table.stream is not None]
        self._names = [
            name for name in WEIGHTED if name in features.operations and (features.streams or name not in OF_A_STREAM)
        ]
        self._weights = [WEIGHTED[name] * (OFTEN if name in often else 1) for name in self._names]

    def next(self) -> Operation:
        """The next operation."""
        return maybe_mutate(self.chance, self._one(self.chance.choices(self._names, self._weights)[0]))

    def _one(self, name: str) -> Operation:
        if name in OF_A_TABLE:
            among = self._churned if self.chance.random() < CHURNED else self.tables
            return OF_A_TABLE[name][1](self.chance, self.chance.choice(among))
        if name in OF_A_STREAM:
            return OF_A_STREAM[name][1](self.chance, self.chance.choice(self._streamed))
        if name in OF_TABLES:
            return OF_TABLES[name][1](self.chance, self.tables)
        return OF_CONTROL[name][1](self.chance, self.prefix, self.features)
