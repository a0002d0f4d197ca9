"""Paginators shaped like botocore's, for operations that answer in pages.

`MaxItems`, `PageSize` and `StartingToken` mean what they mean there, and `NextToken` of `build_full_result` may be
given as `StartingToken` here and there. `search` is left out: it needs a JMESPath library; a loop over the pages does
the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from statordb.errors import PaginationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TOKENS", "PageIterator", "Paginator"]

TRUNCATED = "boto_truncate_amount"


class Tokens(NamedTuple):
    """How an operation goes from one page to the next."""

    start: str
    """The member of the request that says where to go on."""
    last: str
    """The member of the answer that says where it ended."""
    results: tuple[str, ...]
    """The members of the answer that are joined over pages; `MaxItems` counts the first."""
    once: tuple[str, ...] = ()
    """The members of the first answer that stand in the full result."""
    limit: str | None = "Limit"
    """The member of the request that says how long a page is."""


_SEARCH = Tokens("ExclusiveStartKey", "LastEvaluatedKey", ("Items", "Count", "ScannedCount"), ("ConsumedCapacity",))

TOKENS = {
    "list_backups": Tokens("ExclusiveStartBackupArn", "LastEvaluatedBackupArn", ("BackupSummaries",)),
    "list_bulk_operations": Tokens("NextToken", "NextToken", ("BulkOperationsSummaryList",), limit="MaxResults"),
    "list_tables": Tokens("ExclusiveStartTableName", "LastEvaluatedTableName", ("TableNames",)),
    "list_tags_of_resource": Tokens("NextToken", "NextToken", ("Tags",), limit=None),
    "query": _SEARCH,
    "scan": _SEARCH,
}


class Paginator:
    """Made with `Client.get_paginator`."""

    def __init__(self, call: Callable[..., dict[str, Any]], tokens: Tokens) -> None:
        self._call = call
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"<statordb.Paginator of {self._call.__name__}>"

    def paginate(
        self,
        *,
        PaginationConfig: dict[str, Any] | None = None,  # noqa: N803 (boto3's name)
        **members: Any,
    ) -> PageIterator:
        """Return the pages of the operation with these members.

        `PaginationConfig` has `MaxItems` (the most items over all pages), `PageSize` (the most items to read for one
        page) and `StartingToken` (where an earlier pagination stopped); each may be left out.

        >>> import statordb
        >>> client = statordb.connect().client()
        >>> [page["TableNames"] for page in client.get_paginator("list_tables").paginate()]
        [[]]
        """
        config = PaginationConfig or {}
        size, most = config.get("PageSize"), config.get("MaxItems")
        if size is not None:
            if self._tokens.limit is None:
                raise PaginationError(
                    "PageSize parameter is not supported for the pagination interface for this operation."
                )
            members[self._tokens.limit] = int(size)
        return PageIterator(
            self._call, self._tokens, members, None if most is None else int(most), config.get("StartingToken")
        )


class PageIterator:
    """The pages of one pagination. Each iteration reads anew."""

    def __init__(
        self,
        call: Callable[..., dict[str, Any]],
        tokens: Tokens,
        members: dict[str, Any],
        max_items: int | None,
        starting_token: str | None,
    ) -> None:
        self._call = call
        self._tokens = tokens
        self._members = members
        self._max_items = max_items
        self._starting_token = starting_token
        self.resume_token: str | None = None
        """The token to go on with, after an iteration that `MaxItems` stopped."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        primary = self._tokens.results[0]
        start, skip = _decode(self._starting_token, self._tokens.start)
        left = self._max_items
        is_resumed = self._starting_token is not None
        while True:
            page = self._read(start)
            found = page.get(primary, [])[skip:]
            if skip or is_resumed:
                page[primary] = found
            is_resumed = False
            if left is not None and len(found) > left:
                page[primary] = found[:left]
                self.resume_token = _encode({self._tokens.start: start, TRUNCATED: skip + left})
                yield page
                return
            yield page
            last = page.get(self._tokens.last)
            if last is None:
                return
            if left is not None:
                left -= len(found)
                if left == 0:
                    self.resume_token = _encode({self._tokens.start: last})
                    return
            if last == start:
                raise PaginationError(f"the same next token was received twice: {last}")
            start, skip = last, 0

    def __repr__(self) -> str:
        return f"<statordb.PageIterator of {self._call.__name__}: read when iterated>"

    def _read(self, start: Any) -> dict[str, Any]:
        return self._call(**self._members, **({} if start is None else {self._tokens.start: start}))

    def build_full_result(self) -> dict[str, Any]:
        """Read all pages and join them into one answer; `NextToken` tells where `MaxItems` stopped."""
        full: dict[str, Any] = {}
        for number, page in enumerate(self):
            for name in self._tokens.results:
                if name in page:
                    full[name] = full[name] + page[name] if name in full else page[name]
            if number == 0:
                full.update({name: page.get(name) for name in self._tokens.once})
        if self.resume_token is not None:
            full["NextToken"] = self.resume_token
        return full

    def search(self, expression: str) -> NoReturn:
        """Say that this client has no JMESPath."""
        raise NotImplementedError(
            f"this client has no JMESPath to search `{expression}` with: loop over the pages, or use boto3 with "
            "`statordb.boto`"
        )


def _encode(token: dict[str, Any]) -> str:
    """Write a token as botocore does: JSON in base64, with the places of bytes beside it."""
    import base64
    import json

    encoded, places = _without_bytes(token, [])
    if places:
        encoded["boto_encoded_keys"] = places
    return base64.b64encode(json.dumps(encoded).encode()).decode()


def _without_bytes(value: Any, place: list[Any]) -> tuple[Any, list[list[Any]]]:
    import base64

    if isinstance(value, bytes):
        return base64.b64encode(value).decode(), [place]
    if isinstance(value, dict):
        pairs = {name: _without_bytes(member, [*place, name]) for name, member in value.items()}
        return {name: pair[0] for name, pair in pairs.items()}, [at for pair in pairs.values() for at in pair[1]]
    return value, []


def _decode(token: str | None, start_name: str) -> tuple[Any, int]:
    """Read a token: where the page starts, and how many of its items were given before."""
    if token is None:
        return None, 0
    import base64
    import binascii
    import json

    try:
        decoded = json.loads(base64.b64decode(token, validate=True))
        for place in decoded.pop("boto_encoded_keys", ()):
            holder = decoded
            for name in place[:-1]:
                holder = holder[name]
            holder[place[-1]] = base64.b64decode(holder[place[-1]])
        return decoded[start_name], int(decoded.get(TRUNCATED, 0))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PaginationError(f"bad starting token: {token}") from error
