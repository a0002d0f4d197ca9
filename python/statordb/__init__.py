"""StatorDB: DynamoDB that stays where you are.

>>> import statordb
>>> with statordb.connect(":memory:") as db:
...     users = db.create_table("users", "id")
...     users.put({"id": "ada", "born": 1815})
...     users.get({"id": "ada"})
{'born': Decimal('1815'), 'id': 'ada'}
"""

from statordb._core import __version__
from statordb.client import Client
from statordb.database import Database, connect
from statordb.errors import ClientError, StatorError
from statordb.server import Server
from statordb.table import Page, Results, Table

__all__ = [
    "Client",
    "ClientError",
    "Database",
    "Page",
    "Results",
    "Server",
    "StatorError",
    "Table",
    "__version__",
    "connect",
]
