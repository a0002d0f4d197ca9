"""Messages that DynamoDB Local words differently from AWS, as data: its text, AWS's text, and how AWS's is known.

Texts are patterns of the whole message; `<1>` in AWS's stands for what the first group of Local's found. Where AWS puts
`1 validation error detected: ` in front is a rule of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case
    from .peer import Answer

Entry = tuple[str, str, "Callable[[Case], Answer]"]

ENVELOPE = "1 validation error detected: "
INVALID = "One or more parameter values were invalid: "
RECORDED = "message recorded on AWS"
# What AWS says in an envelope, on PutItem and UpdateItem.
ENVELOPED = re.compile(
    r"Invalid (Update|Condition)Expression: (?!An expression attribute (name|value) used .* is not defined).*"
    r"|ExpressionAttribute(Names|Values) .*"
    r"|Value provided in ExpressionAttribute(Names|Values) unused in expressions: .*"
    rf"|({INVALID})?(An (string|number) set  may not be empty|Binary sets should not be empty|Input collection .*contains duplicates\.?)"
    rf"|{INVALID}Null attribute value types must have the value of true"
    r"|Can not use both expression and non-expression parameters .*"
    r"|ReturnValues can only be ALL_OLD or NONE",
    re.DOTALL,
)
OF_QUERY = re.compile(
    r"Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    r"|ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
)


def bare(case: Case) -> tuple[str, bool]:
    """Our message without its envelope, and whether it had one where AWS puts one."""
    text = case.ours.message.removeprefix(ENVELOPE)
    if text == case.ours.message:
        return text, False
    family = {"PutItem": ENVELOPED, "UpdateItem": ENVELOPED, "Query": OF_QUERY}.get(case.operation.name)
    if family is not None and family.fullmatch(text):
        return text, True
    return case.ours.message, False


def enveloped(case: Case) -> Answer:
    """Local's message in AWS's envelope."""
    text, has_envelope = bare(case)
    return replace(case.local, message=case.ours.message) if has_envelope and text == case.local.message else case.local


def worded(
    local: str, aws: str, operations: tuple[str, ...], kinds: tuple[str, str] | None
) -> Callable[[Case], Answer]:
    """A rule that replaces a message by AWS's, and the error where AWS has another one."""
    pattern = re.compile(local, re.DOTALL)

    def rule(case: Case) -> Answer:
        found = pattern.fullmatch(case.local.message)
        if found is None or not case.both_refused or (operations and case.operation.name not in operations):
            return case.local
        if (case.local.kind, case.ours.kind) != (kinds or (case.ours.kind, case.ours.kind)):
            return case.local
        expected = re.sub("<([0-9])>", lambda place: re.escape(found[int(place[1])]), aws)
        text, _ = bare(case)
        if re.fullmatch(expected, text, re.DOTALL) is None:
            return case.local
        return replace(case.local, status=400, kind=case.ours.kind, message=case.ours.message)

    return rule


def entry(
    name: str,
    local: str,
    aws: str,
    fact: str = RECORDED,
    *,
    operations: tuple[str, ...] = (),
    kinds: tuple[str, str] | None = None,
) -> Entry:
    """One row of the table below."""
    return name, fact, worded(local, aws, operations, kinds)


CONTROL = ("DescribeTable", "DeleteTable", "UpdateTable", "UpdateTimeToLive", "DescribeTimeToLive")
TABLE_NAME = r"(Value .* at '[a-zA-Z.0-9-]*tableName' failed to satisfy constraint: .*|The parameter 'TableName' is required.*|1 validation error detected: .*)"
LOCAL_NAME = r"Invalid table/index name\.  Table/index names must be between 3 and 255 characters long.*"
KEY_ELEMENT = "The provided key element does not match the schema"

WORDINGS: tuple[Entry, ...] = (
    (
        "envelope",
        "since 2026 AWS puts `1 validation error detected: ` before request validation errors of PutItem and UpdateItem, and before two of Query",
        enveloped,
    ),
    entry(
        "no such table",
        "Cannot do operations on a non-existent table",
        "Requested resource not found(: Table: .* not found)?",
    ),
    entry("table exists", "Cannot create preexisting table", "Table already exists: .*"),
    entry(
        "constraint without a head", "(Value .* failed to satisfy constraint: .*)", "1 validation error detected: <1>"
    ),
    entry("name of a table", LOCAL_NAME, TABLE_NAME),
    entry(
        "short name of a table",
        LOCAL_NAME,
        "Requested resource not found.*",
        "recorded on AWS: since tables can be named by ARN a short name is a table that is not there",
        kinds=("ValidationException", "ResourceNotFoundException"),
    ),
    entry(
        "number that is none",
        "A value provided cannot be converted into a number",
        "The parameter cannot be converted to a numeric value.*",
    ),
    entry(
        "number that is none, as an expression value",
        "ExpressionAttributeValues contains invalid value: A value provided cannot be converted into a number for key (.*)",
        "(ExpressionAttributeValues contains invalid value: )?The parameter cannot be converted to a numeric value.*?( for key <1>)?",
    ),
    entry(
        "invalid expression value",
        "ExpressionAttributeValues contains invalid value: (.*?)\\.? for key :.*",
        "<1>\\.?",
        "recorded on AWS in 2026: PutItem and UpdateItem report the value alone",
        operations=("PutItem", "UpdateItem"),
    ),
    entry(
        "too many digits",
        "DynamoDB only supports precision up to 38 digits",
        "Attempting to store more than 38 significant digits in a Number",
    ),
    entry("duplicates of a set", "(.*Input collection \\[.*\\] contains duplicates)(.*)", "<1>\\.<2>"),
    entry(
        "key missing in an item",
        "One of the required keys was not given a value",
        f"{INVALID}Missing the key .* in the item|{KEY_ELEMENT}",
    ),
    entry(
        "type of a key",
        f"{INVALID}Type mismatch for key",
        f"{INVALID}Type mismatch for key .* expected: .* actual: .*|{KEY_ELEMENT}",
    ),
    entry(
        "type of a key that keys cannot have",
        "Invalid attribute value type",
        f"{INVALID}Type mismatch for key .* expected: .* actual: .*|{KEY_ELEMENT}",
    ),
    entry("number of key attributes", "The number of conditions on the keys is invalid", KEY_ELEMENT),
    entry(
        "empty key value in a batch",
        "The list of keys in RequestItems for BatchGetItem may not contain null or empty values: .*",
        KEY_ELEMENT,
    ),
    entry(
        "no key",
        "Cannot have null key for GetItem, DeleteItem, or UpdateItem",
        "1 validation error detected: Value null at 'key' .*",
    ),
    entry("no item", "Item to put in PutItem cannot be null", "1 validation error detected: Value null at 'item' .*"),
    entry(
        "no requests",
        "BatchWriteItem cannot have a null or no requests set",
        "1 validation error detected: Value null at 'requestItems' .*|The requestItems parameter is required for BatchWriteItem",
    ),
    entry(
        "return values",
        "Return values set to invalid value",
        "ReturnValues can only be ALL_OLD or NONE|1 validation error detected: .* at 'returnValues' failed to satisfy constraint: .*",
    ),
    entry(
        "limit",
        "Limit must be greater than or equal to 1",
        "1 validation error detected: Value (.*)?at '[lL]imit' failed to satisfy constraint: Member must have value greater than or equal to 1",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "legacy ADD", f"({INVALID}ADD action is not supported for the type) .*", "<1> (S|B|BOOL|NULL|M|L|SS|NS|BS|N)"
    ),
    entry(
        "legacy DELETE",
        f"({INVALID}DELETE action with value is not supported for the type) .*",
        "<1> (S|B|BOOL|NULL|M|L|SS|NS|BS|N)",
    ),
    entry(
        "exclusive start key of a hash-only table",
        "The provided starting key does not match the range key predicate|.*",
        "The provided exclusive start key is invalid: ExclusiveStartKey: .*",
        operations=("Query",),
    ),
    entry(
        "start key in another partition",
        "The provided starting key does not match the range key predicate",
        "The provided starting key is outside query boundaries based on provided conditions|The query can return at most one row and cannot be restarted",
        "messages recorded on AWS; for tables without a sort key inferred from them",
        operations=("Query",),
    ),
    entry(
        "size of a start key",
        "Exclusive Start Key must have same size as table's key schema",
        "The provided starting key is invalid.*",
    ),
    entry(
        "paths that overlap",
        r"(Invalid \w+Expression: Two document paths) (?:overlap|conflict) with each other; .*",
        "<1> (overlap|conflict) with each other; .*",
        "recorded on AWS: the second path is the one that overlaps; Local prints the last of the expression",
    ),
    entry(
        "bytes in a message",
        r"(.*lower bound operand: AttributeValue: )\{B:java\.nio.*",
        r"<1>\{B:.*",
        "inferred, not recorded on AWS: values of other types are printed; Local prints the object that holds the bytes",
    ),
    entry(
        "segment below zero",
        r"(1 validation error detected: Value '-1' at 'segment' .*): Member must have value less than or equal to .*",
        "<1>: Member must have value greater than or equal to 0",
    ),
    entry(
        "segment without their number",
        "If segment is specified, total segment must also be specified",
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    ),
    entry(
        "number of segments without a segment",
        "If total segments is specified, a particular segment must also be specified for this request",
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    ),
    entry(
        "attribute asked for twice",
        "Cannot have two attributes with the same name",
        f"{INVALID}Duplicate value in attribute name: .*",
    ),
    entry(
        "start key of a scan",
        "The provided starting key is invalid",
        "The provided starting key is invalid: The provided key element does not match the schema",
        operations=("Scan",),
    ),
    entry(
        "digits of a sum",
        "DynamoDB only supports precision up to 38 digits",
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
        "recorded on AWS: a sum of more than 38 digits is reported as an overflow",
        operations=("UpdateItem", "TransactWriteItems"),
    ),
    entry(
        "projection of all projected attributes",
        "Cannot specify the (ProjectionExpression|AttributesToGet) when choosing to get ALL_PROJECTED_ATTRIBUTES",
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        "inferred, not recorded on AWS: which of the two faults is reported first",
    ),
    entry(
        "number of definitions",
        "The number of attributes in key schema must match the number of attributes defined in attribute definitions.",
        f"{INVALID}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
    ),
    entry(
        "number of hash keys",
        "Too many hash keys specified.  All Dynamo DB tables must have exactly one hash key",
        "Invalid KeySchema: .*",
    ),
    entry(
        "limit of tables",
        "Limit in ListTables must be <= 100",
        "1 validation error detected: Value .* at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "nothing to get",
        "BatchGetItem must have some requests set",
        "1 validation error detected: Value null at 'requestItems' .*|The requestItems parameter is required for BatchGetItem",
    ),
    entry(
        "no hash key",
        "No Hash Key specified in schema.  All Dynamo DB tables must have exactly one hash key",
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    entry(
        "type of a definition",
        "Member must satisfy enum value set: .*",
        "1 validation error detected: .* at 'attributeDefinitions.*attributeType' failed to satisfy constraint: Member must satisfy enum value set: .*",
    ),
    entry(
        "size of a key",
        "Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes",
        f"{INVALID}(Size of hashkey has exceeded the maximum size limit of2048 bytes|Aggregated size of all range keys has exceeded the size limit of 1024 bytes)",
    ),
    entry(
        "size of an expression",
        "(Invalid .*Expression: Expression size has exceeded the maximum allowed size;)",
        "<1> expression size: .*",
    ),
    entry(
        "numbers in bounds",
        "(.* lower bound operand: AttributeValue: ).*",
        "<1>.*",
        "inferred, not recorded on AWS: numbers are in their plain form everywhere else",
    ),
    entry(
        "empty transaction",
        r"Value \[\] at 'transactItems' (.*)",
        r"1 validation error detected: Value '\[\]' at 'transactItems' <1>",
    ),
    entry(
        "first of several constraints",
        "(Value .* failed to satisfy constraint: .*)",
        "[0-9]+ validation errors detected: .*<1>.*",
        "recorded on AWS: all members that are against a constraint are listed",
    ),
    entry(
        "select",
        "Select must be ALL_ATTRIBUTES, .*",
        "1 validation error detected: Value .* at 'select' failed to satisfy constraint: .*",
    ),
    entry(
        "no table name",
        "Value null at 'tableName' failed to satisfy constraint: Member must not be null",
        "The parameter 'TableName' is required but was not present in the request",
    ),
    entry("missed key", "Query condition missed key schema element", "Query condition missed key schema element: .*"),
    entry(
        "throughput of nothing",
        "Table read and write throughput must be at least 1, and cannot be null",
        "1 validation error detected: Value '0' at 'provisionedThroughput.* failed to satisfy constraint: Member must have value greater than or equal to 1",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "segment out of range",
        r"1 validation error detected: Value '.*' at 'segment' failed to satisfy constraint: Member must have value less than or equal to .*",
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: .*",
    ),
    entry(
        "digits of an expression value",
        "ExpressionAttributeValues contains invalid value: DynamoDB only supports precision up to 38 digits for key (.*)",
        "(ExpressionAttributeValues contains invalid value: )?Attempting to store more than 38 significant digits in a Number( for key <1>)?",
    ),
    entry(
        "throughput missing",
        "No provisioned throughput specified for the table",
        f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    ),
    entry(
        "no definitions",
        "No Attribute Schema Defined",
        "Invalid KeySchema: Some index key attribute have no definition|1 validation error detected: .* at 'attributeDefinitions' .*"
        f"|{INVALID}Some index key attributes are not defined in AttributeDefinitions. .*",
    ),
    entry(
        "no key schema",
        "No defined key schema.  A key schema containing at least a hash key must be defined for all tables",
        "1 validation error detected: .* at 'keySchema' .*",
    ),
    entry(
        "two keys of one name",
        "Two keys can not have the same name",
        "Invalid KeySchema: Some index key attribute have no definition|Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    entry("empty item in a batch", "Item to put in PutItem cannot be null", KEY_ELEMENT),
    entry(
        "sequence number",
        "Invalid SequenceNumber for the shard|Shard does not exist",
        f"{INVALID}Invalid SequenceNumber",
        "inferred, not recorded on AWS: the text is recorded only where the number is missing",
    ),
    entry(
        "no such shard",
        "Shard does not exist",
        "Requested resource not found: Shard does not exist",
        "the exception is recorded on AWS, its text is not",
    ),
    entry(
        "malformed name of a stream",
        "Requested resource not found: Stream: .* not found",
        "Invalid StreamArn",
        "the exception is recorded on AWS, its text is not",
        kinds=("ResourceNotFoundException", "ValidationException"),
    ),
    entry(
        "empty iterator",
        "Invalid ShardIterator",
        "1 validation error detected: Value .* at 'shardIterator' .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "update of an unknown index",
        "Invalid global secondary index name",
        "Requested resource not found",
        "inferred from what is recorded on AWS for the removal of an unknown index",
        kinds=("ValidationException", "ResourceNotFoundException"),
    ),
    entry(
        "nothing to update", "Nothing to update", "At least one of ProvisionedThroughput, BillingMode, .* is required"
    ),
    entry("no stream to disable", "Table has no stream to disable", "Table has no stream to disable: TableName: .*"),
    entry(
        "stream there already",
        "Table already has an enabled stream",
        "Table already has an enabled stream: TableName: .*",
    ),
    entry(
        "time to live elsewhere",
        "TimeToLive is active on a different AttributeName",
        "TimeToLive is active on a different AttributeName: .*",
    ),
    entry(
        "type of an index key",
        f"{INVALID}Type mismatch for Index Key|Invalid attribute value type|Updates on index keys must be of the same data type as the key attribute",
        f"{INVALID}Type mismatch for Index Key .* Expected: .* Actual: .* IndexName: .*|The update expression attempted to update the secondary index key to unsupported type",
    ),
    entry(
        "empty key of an index",
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. (.*) IndexName: .*, IndexKey: (.*)",
        "One or more parameter values are not valid. <1> Key: <2>",
        "inferred, not recorded on AWS: the words for an empty key are recorded for tables, on every path",
        operations=("Query",),
    ),
    entry(
        "limit of streams",
        f"{INVALID}Limit cannot be greater than the maximum.*",
        "1 validation error detected: Value .* at 'limit' .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "attribute of time to live",
        "AttributeName cannot be null when time to live is being enabled",
        "[0-9]+ validation errors? detected: .*Value null at 'timeToLiveSpecification.* .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "no time to live",
        "TimeToLiveSpecification cannot be null",
        "1 validation error detected: Value null at 'timeToLiveSpecification' .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "no key conditions",
        "Conditions must be at least length 1",
        "Conditions can be of length 1 or 2 only",
        "inferred: an older DynamoDB Local said so, and no difference of AWS from it is known",
    ),
    entry(
        "size of a key of another type",
        "Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes",
        f"{KEY_ELEMENT}|{INVALID}Type mismatch for key .*",
        "inferred, not recorded on AWS: names and types of keys are checked before their sizes",
    ),
    entry(
        "throughput of an index missing",
        "No provisioned throughput specified for the global secondary index",
        f"{INVALID}(ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED|ProvisionedThroughput (must be|is not) specified for index: .*|Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: .*)",
        "captured on AWS in October 2026",
    ),
    entry(
        "unused definitions",
        "The number of attributes in key schema must match the number of attributes defined in attribute definitions.",
        f"{INVALID}Some AttributeDefinitions are not used. .*",
    ),
    entry(
        "hash keys without a definition",
        "Too many hash keys specified.  All Dynamo DB tables must have exactly one hash key",
        f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. .*",
    ),
    entry(
        "empty key of an index in an update",
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. (.*) IndexName: .*",
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. <1>",
    ),
    entry(
        "sequence number not wanted",
        f"{INVALID}SequenceNumber should not be passed for this iterator type",
        "1 validation error detected: Value .* at 'sequenceNumber' .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "empty key of another type",
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. .*",
        f"{INVALID}Type mismatch for Index Key .*|The update expression attempted to update the secondary index key to unsupported type",
        "inferred, not recorded on AWS: the type of an index key is looked at before its length",
    ),
    entry(
        "short name of a stream",
        "Stream does not exist",
        "1 validation error detected: Value .* at 'streamArn' failed to satisfy constraint: .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
        kinds=("ResourceNotFoundException", "ValidationException"),
    ),
    entry(
        "no shard",
        "No ShardId specified.",
        "1 validation error detected: Value null at 'shardId' .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "no stream",
        "Invalid StreamArn",
        "1 validation error detected: Value null at 'streamArn' .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
    ),
    entry(
        "no type of an iterator",
        "The request processing has failed because of an unknown error, exception or failure.",
        "1 validation error detected: Value null at 'shardIteratorType' .*",
        "AWS's service model has the constraint, and the form of its message is recorded",
        kinds=("InternalFailure", "ValidationException"),
    ),
    entry(
        "nested key condition",
        "(KeyConditionExpressions cannot have conditions on nested attributes)",
        "Invalid KeyConditionExpression: <1>",
    ),
)
