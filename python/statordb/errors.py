"""Exceptions, named as DynamoDB names them.

::

    StatorError
    ├── ClosedError                       the database was closed
    ├── StorageError                      a database on disk cannot be opened or kept
    │   ├── DamagedError                  a file does not hold what was written to it
    │   ├── FormatError                   the path is no database, or one of another version
    │   └── InUseError                    another process has it open
    ├── ParamValidationError              a call has a member that the operation does not have, or of a wrong type
    ├── PaginationError                   a paginator cannot go on
    ├── UnprocessedError                  a batch could not be written whole
    ├── WaiterError                       what was waited for did not happen in time
    └── ClientError                       an answer of the database; has code, message, operation_name and response
        ├── BackupNotFoundException
        ├── ConditionalCheckFailedException     has item
        ├── DuplicateItemException
        ├── ExportNotFoundException
        ├── GlobalTableNotFoundException
        ├── ExpiredIteratorException
        ├── IdempotentParameterMismatchException
        ├── ImportNotFoundException
        ├── InternalServerError
        ├── ItemCollectionSizeLimitExceededException
        ├── LimitExceededException
        ├── PolicyNotFoundException
        ├── ProvisionedThroughputExceededException
        ├── RequestLimitExceeded
        ├── ResourceInUseException
        ├── ResourceNotFoundException
        ├── SerializationException
        ├── TableNotFoundException
        ├── ThrottlingException
        ├── TransactionCanceledException
        ├── TransactionConflictException
        ├── TransactionInProgressException
        ├── TrimmedDataAccessException
        ├── UnknownOperationException
        └── ValidationException

`response` has the shape of botocore's `ClientError.response`, so code that reads `error.response["Error"]["Code"]`
works with both. A code without a class of its own is raised as `ClientError`.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BackupNotFoundException",
    "ClientError",
    "ClosedError",
    "ConditionalCheckFailedException",
    "DamagedError",
    "DuplicateItemException",
    "ExpiredIteratorException",
    "ExportNotFoundException",
    "FormatError",
    "GlobalTableNotFoundException",
    "IdempotentParameterMismatchException",
    "ImportNotFoundException",
    "InUseError",
    "InternalServerError",
    "ItemCollectionSizeLimitExceededException",
    "LimitExceededException",
    "PaginationError",
    "ParamValidationError",
    "PolicyNotFoundException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ResourceInUseException",
    "ResourceNotFoundException",
    "SerializationException",
    "StatorError",
    "StorageError",
    "TableNotFoundException",
    "ThrottlingException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "TrimmedDataAccessException",
    "UnknownOperationException",
    "UnprocessedError",
    "ValidationException",
    "WaiterError",
]


class StatorError(Exception):
    """What the database, or a client of it, raises; the base of all exceptions of this module.

    Arguments that Python itself would refuse are refused as Python does, with `TypeError` and `ValueError`; an address
    that cannot be listened on is an `OSError`.
    """


class ClosedError(StatorError):
    """The database was closed."""


class StorageError(StatorError):
    """A database on disk cannot be opened or kept: the base of what can be wrong with its files."""


class InUseError(StorageError):
    """Another process, or this one, has the database open; the message tells which."""


class DamagedError(StorageError):
    """A file of the database does not hold what was written to it; the message tells which and where."""


class FormatError(StorageError):
    """The path is no database, or one of another version; the message tells what to do."""


class ParamValidationError(StatorError, ValueError):
    """A call has a member that the operation does not have, or one of a wrong type; it shows before anything is done.

    It is a `ValueError` too. Values of items that DynamoDB has no type for are a `TypeError`.
    """


class PaginationError(StatorError):
    """A paginator was given a token or a setting that it cannot use, or got the same token twice."""


class UnprocessedError(StatorError):
    """A batch could not be written whole, because transactions under way hold some of its items.

    `puts` and `deletes` are the items and the keys that are left.
    """

    def __init__(self, puts: list[Any], deletes: list[Any]) -> None:
        super().__init__(f"{len(puts) + len(deletes)} requests of a batch were not processed")
        self.puts = puts
        self.deletes = deletes

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.puts, self.deletes)


class WaiterError(StatorError):
    """What was waited for did not happen in time.

    `last_response` is the last answer that the waiter saw.
    """

    def __init__(self, name: str, reason: str, last_response: dict[str, Any]) -> None:
        super().__init__(f"Waiter {name} failed: {reason}")
        self.name = name
        self.reason = reason
        self.last_response = last_response

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.reason, self.last_response)


class ClientError(StatorError):
    """An exception that DynamoDB answers.

    `response` is `{"Error": {"Code", "Message"}, "ResponseMetadata": {...}, ...}`, `operation_name` the operation as
    DynamoDB spells it (`"GetItem"`), `code` and `message` are taken from the response.
    """

    def __init__(self, response: dict[str, Any], operation_name: str) -> None:
        error = response.get("Error", {})
        self.response = response
        self.operation_name = operation_name
        self.code: str = error.get("Code", "Unknown")
        self.message: str = error.get("Message", "")
        super().__init__(f"An error occurred ({self.code}) when calling the {operation_name} operation: {self.message}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.response, self.operation_name), self.__dict__


class BackupNotFoundException(ClientError):
    """A backup does not exist."""


class ConditionalCheckFailedException(ClientError):
    """The condition of a write was false.

    `item` is the item as it is, when `ReturnValuesOnConditionCheckFailure` asked for it: with native values from a
    `Table`, with typed ones from a client. `response["Item"]` always has typed values.
    """

    item: dict[str, Any] | None = None


class DuplicateItemException(ClientError):
    """An INSERT statement met an item with the same key."""


class ExportNotFoundException(ClientError):
    """An export does not exist."""


class GlobalTableNotFoundException(ClientError):
    """A global table of the first kind does not exist."""


class ExpiredIteratorException(ClientError):
    """A shard iterator of a stream is older than 15 minutes: get a new one."""


class IdempotentParameterMismatchException(ClientError):
    """A client token was used again with another request."""


class ImportNotFoundException(ClientError):
    """An import does not exist."""


class InternalServerError(ClientError):
    """A fault of the database itself."""


class ItemCollectionSizeLimitExceededException(ClientError):
    """An item collection is too large."""


class LimitExceededException(ClientError):
    """Too many operations of one kind at a time."""


class PolicyNotFoundException(ClientError):
    """A table or stream has no policy, or not the expected revision of it."""


class ProvisionedThroughputExceededException(ClientError):
    """More was asked than the table provides."""


class RequestLimitExceeded(ClientError):
    """More was asked than the account provides."""


class ResourceInUseException(ClientError):
    """A resource exists already, or is in a state in which it cannot be changed."""


class ResourceNotFoundException(ClientError):
    """A table or another resource does not exist, or is not ready."""


class SerializationException(ClientError):
    """A member of the request has a value of the wrong kind."""


class TableNotFoundException(ClientError):
    """A table does not exist, as operations of backups call it."""


class ThrottlingException(ClientError):
    """Too many requests in a short time."""


class TransactionCanceledException(ClientError):
    """A transaction was canceled; `reasons` has a reason for each of its actions, in their order.

    A reason is `{"Code", "Message", "Item"}`; an action that is not to blame has the code `None` (as text) alone.
    `response["CancellationReasons"]` has the same.
    """

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """`CancellationReasons`."""
        reasons: list[dict[str, Any]] = self.response.get("CancellationReasons", [])
        return reasons


class TransactionConflictException(ClientError):
    """Another transaction is changing the item."""


class TransactionInProgressException(ClientError):
    """A transaction with this token is being worked on."""


class TrimmedDataAccessException(ClientError):
    """The records asked for are older than the 24 hours that a stream keeps them."""


class UnknownOperationException(ClientError):
    """The operation does not exist, or not in this version."""


class ValidationException(ClientError):
    """The request is not a valid one; the message says why."""


BY_CODE: dict[str, type[ClientError]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, ClientError) and kind is not ClientError
}


def answered(  # the one place where the extension module makes exceptions
    code: str,
    message: str,
    operation_name: str,
    status: int,
    request_id: str,
    item: dict[str, Any] | None = None,
    typed_item: dict[str, Any] | None = None,
    further: dict[str, Any] | None = None,
) -> ClientError:
    """Make the exception of an answer.

    `item` is what `error.item` shows, `typed_item` what the response holds, `further` are members beside the error.
    """
    response: dict[str, Any] = {
        "Error": {"Message": message, "Code": code},
        "ResponseMetadata": {
            "RequestId": request_id,
            "HTTPStatusCode": status,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        },
        "message": message,
    }
    if typed_item is not None:
        response["Item"] = typed_item
    response.update(further or {})
    error = BY_CODE.get(code, ClientError)(response, operation_name)
    if isinstance(error, ConditionalCheckFailedException):
        error.item = item
    return error
