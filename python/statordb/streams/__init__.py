"""Functions that run from the streams of tables, as event source mappings of Lambda make them run.

A mapping ties a function to a stream. For each shard a thread reads records as they are committed, leaves out those
that no filter wants, and hands the others to the function in batches, in order; how far it has come is kept in the
database.
"""

from __future__ import annotations

from statordb.streams.consumers import Consumers
from statordb.streams.context import Context
from statordb.streams.mapping import EventSourceMapping

__all__ = ["Consumers", "Context", "EventSourceMapping"]
