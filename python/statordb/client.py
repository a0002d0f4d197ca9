"""Clients shaped like `boto3.client("dynamodb")` and `boto3.client("dynamodbstreams")`, with no botocore inside.

Methods take DynamoDB's members as keyword arguments and give its answers as dicts, with typed values (`{"S": "text"}`).
Errors are those of `statordb.errors`, also under `client.exceptions`. Requests are not signed and not retried; nothing
leaves the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statordb import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statordb import _core
    from statordb.paginate import Paginator
    from statordb.waiter import Waiter

__all__ = ["Client", "Exceptions", "Meta", "StreamsClient"]


class Client:
    """DynamoDB's operations as methods; made with `Database.client`.

    >>> import statordb
    >>> client = statordb.connect().client()
    >>> answer = client.create_table(
    ...     TableName="users",
    ...     BillingMode="PAY_PER_REQUEST",
    ...     AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    ...     KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    ... )
    >>> client.get_waiter("table_exists").wait(TableName="users")
    >>> answer = client.put_item(TableName="users", Item={"id": {"S": "ada"}})
    >>> client.get_item(TableName="users", Key={"id": {"S": "ada"}})["Item"]
    {'id': {'S': 'ada'}}
    """

    def __init__(self, database: _core.Database) -> None:
        self._call = database.call
        self.meta = Meta(database.region, "dynamodb", OPERATIONS)
        self.exceptions = Exceptions()

    def batch_execute_statement(self, **members: Any) -> dict[str, Any]:
        """Carry out up to 25 statements of PartiQL, each for itself, all reads or all writes of single items.

        Members: Statements (of each Statement, Parameters, ConsistentRead, ReturnValuesOnConditionCheckFailure),
        ReturnConsumedCapacity. What goes wrong with one statement stands in its response.
        """
        return self._call("BatchExecuteStatement", members)

    def batch_get_item(self, **members: Any) -> dict[str, Any]:
        """Return up to 100 items by key, from several tables. Members: RequestItems, ReturnConsumedCapacity."""
        return self._call("BatchGetItem", members)

    def batch_write_item(self, **members: Any) -> dict[str, Any]:
        """Do up to 25 puts and deletes, each on its own.

        Members: RequestItems, ReturnConsumedCapacity, ReturnItemCollectionMetrics.
        """
        return self._call("BatchWriteItem", members)

    def create_table(self, **members: Any) -> dict[str, Any]:
        """Make a table.

        Members: TableName, AttributeDefinitions, KeySchema, LocalSecondaryIndexes, GlobalSecondaryIndexes, BillingMode,
        ProvisionedThroughput, OnDemandThroughput, WarmThroughput, TableClass, DeletionProtectionEnabled,
        StreamSpecification, SSESpecification, Tags, ResourcePolicy. Raises ResourceInUseException when the table
        exists.
        """
        return self._call("CreateTable", members)

    def delete_backup(self, **members: Any) -> dict[str, Any]:
        """Raise BackupNotFoundException: this version makes no backups. Members: BackupArn."""
        return self._call("DeleteBackup", members)

    def delete_item(self, **members: Any) -> dict[str, Any]:
        """Remove one item by its key.

        Members: TableName, Key, ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, ReturnValues,
        ReturnValuesOnConditionCheckFailure, ReturnConsumedCapacity, ReturnItemCollectionMetrics. Raises
        ConditionalCheckFailedException when the condition is false.
        """
        return self._call("DeleteItem", members)

    def delete_resource_policy(self, **members: Any) -> dict[str, Any]:
        """Take the policy from a table or a stream.

        Members: ResourceArn, ExpectedRevisionId. Raises PolicyNotFoundException when the policy is not that revision.
        """
        return self._call("DeleteResourcePolicy", members)

    def delete_table(self, **members: Any) -> dict[str, Any]:
        """Drop a table. Members: TableName."""
        return self._call("DeleteTable", members)

    def describe_backup(self, **members: Any) -> dict[str, Any]:
        """Raise BackupNotFoundException: this version makes no backups. Members: BackupArn."""
        return self._call("DescribeBackup", members)

    def describe_continuous_backups(self, **members: Any) -> dict[str, Any]:
        """Tell that a table has no point-in-time recovery. Members: TableName."""
        return self._call("DescribeContinuousBackups", members)

    def describe_contributor_insights(self, **members: Any) -> dict[str, Any]:
        """Tell whether contributor insights are on for a table or a GSI. Members: TableName, IndexName."""
        return self._call("DescribeContributorInsights", members)

    def describe_endpoints(self, **members: Any) -> dict[str, Any]:
        """Tell where to send requests. No members."""
        return self._call("DescribeEndpoints", members)

    def describe_export(self, **members: Any) -> dict[str, Any]:
        """Raise ExportNotFoundException: this version makes no exports. Members: ExportArn."""
        return self._call("DescribeExport", members)

    def describe_global_table(self, **members: Any) -> dict[str, Any]:
        """Raise GlobalTableNotFoundException: there are no global tables. Members: GlobalTableName."""
        return self._call("DescribeGlobalTable", members)

    def describe_global_table_settings(self, **members: Any) -> dict[str, Any]:
        """Raise GlobalTableNotFoundException: there are no global tables. Members: GlobalTableName."""
        return self._call("DescribeGlobalTableSettings", members)

    def describe_import(self, **members: Any) -> dict[str, Any]:
        """Raise ImportNotFoundException: this version makes no imports. Members: ImportArn."""
        return self._call("DescribeImport", members)

    def describe_kinesis_streaming_destination(self, **members: Any) -> dict[str, Any]:
        """Tell that a table has no destination. Members: TableName."""
        return self._call("DescribeKinesisStreamingDestination", members)

    def describe_limits(self, **members: Any) -> dict[str, Any]:
        """Return the quotas of an account. No members."""
        return self._call("DescribeLimits", members)

    def describe_table(self, **members: Any) -> dict[str, Any]:
        """Describe a table. Members: TableName."""
        return self._call("DescribeTable", members)

    def describe_table_replica_auto_scaling(self, **members: Any) -> dict[str, Any]:
        """Tell that a table has no replicas. Members: TableName."""
        return self._call("DescribeTableReplicaAutoScaling", members)

    def describe_time_to_live(self, **members: Any) -> dict[str, Any]:
        """Tell whether and by which attribute items expire. Members: TableName."""
        return self._call("DescribeTimeToLive", members)

    def execute_statement(self, **members: Any) -> dict[str, Any]:
        """Carry out one statement of PartiQL; a SELECT reads up to 1 MB at a time.

        Members: Statement, Parameters, ConsistentRead, NextToken, Limit, ReturnConsumedCapacity,
        ReturnValuesOnConditionCheckFailure. Raises ConditionalCheckFailedException when the condition of a write is
        false, DuplicateItemException when an INSERT meets an item with its key.
        """
        return self._call("ExecuteStatement", members)

    def execute_transaction(self, **members: Any) -> dict[str, Any]:
        """Carry out up to 100 statements of PartiQL, all or none, all reads or all writes.

        Members: TransactStatements (of each Statement, Parameters, ReturnValuesOnConditionCheckFailure),
        ClientRequestToken, ReturnConsumedCapacity. Raises TransactionCanceledException with a reason for each
        statement.
        """
        return self._call("ExecuteTransaction", members)

    def get_item(self, **members: Any) -> dict[str, Any]:
        """Return one item by its key; the answer has no `Item` when there is none.

        Members: TableName, Key, ConsistentRead, ProjectionExpression, ExpressionAttributeNames, ReturnConsumedCapacity.
        """
        return self._call("GetItem", members)

    def get_resource_policy(self, **members: Any) -> dict[str, Any]:
        """Return the policy of a table or a stream.

        Members: ResourceArn. Raises PolicyNotFoundException when there is none.
        """
        return self._call("GetResourcePolicy", members)

    def list_backups(self, **members: Any) -> dict[str, Any]:
        """Return an empty list: this version makes no backups. Members: TableName, BackupType, Limit and others."""
        return self._call("ListBackups", members)

    def list_bulk_operations(self, **members: Any) -> dict[str, Any]:
        """Return an empty list: this version has no bulk operations. Members: MaxResults, NextToken."""
        return self._call("ListBulkOperations", members)

    def list_contributor_insights(self, **members: Any) -> dict[str, Any]:
        """Return the tables and GSIs for which insights were set. Members: TableName, MaxResults, NextToken."""
        return self._call("ListContributorInsights", members)

    def list_exports(self, **members: Any) -> dict[str, Any]:
        """Return an empty list: this version makes no exports. Members: TableArn, MaxResults, NextToken."""
        return self._call("ListExports", members)

    def list_global_tables(self, **members: Any) -> dict[str, Any]:
        """Return an empty list: there are no global tables. Members: Limit, RegionName and others."""
        return self._call("ListGlobalTables", members)

    def list_imports(self, **members: Any) -> dict[str, Any]:
        """Return an empty list: this version makes no imports. Members: TableArn, PageSize, NextToken."""
        return self._call("ListImports", members)

    def list_tables(self, **members: Any) -> dict[str, Any]:
        """Return the names of tables, up to 100 at a time. Members: ExclusiveStartTableName, Limit."""
        return self._call("ListTables", members)

    def list_tags_of_resource(self, **members: Any) -> dict[str, Any]:
        """Return the tags of a table. Members: ResourceArn, NextToken."""
        return self._call("ListTagsOfResource", members)

    def put_item(self, **members: Any) -> dict[str, Any]:
        """Insert or replace one item.

        Members: TableName, Item, and those of `delete_item` but Key. Raises ConditionalCheckFailedException when the
        condition is false.
        """
        return self._call("PutItem", members)

    def put_resource_policy(self, **members: Any) -> dict[str, Any]:
        """Give a table or a stream a policy; it is kept, and nothing is refused by it yet.

        Members: ResourceArn, Policy, ExpectedRevisionId. Raises PolicyNotFoundException when the policy is not that
        revision.
        """
        return self._call("PutResourcePolicy", members)

    def query(self, **members: Any) -> dict[str, Any]:
        """Return the items of one partition key in the order of their sort key, up to 1 MB at a time.

        Members: TableName, KeyConditionExpression, FilterExpression, ProjectionExpression, ExpressionAttributeNames,
        ExpressionAttributeValues, ExclusiveStartKey, Limit, ScanIndexForward, ConsistentRead, Select, IndexName,
        ReturnConsumedCapacity.
        """
        return self._call("Query", members)

    def scan(self, **members: Any) -> dict[str, Any]:
        """Return every item of a table, up to 1 MB at a time.

        Members: those of `query` but KeyConditionExpression and ScanIndexForward, and Segment, TotalSegments.
        """
        return self._call("Scan", members)

    def tag_resource(self, **members: Any) -> dict[str, Any]:
        """Add tags to a table. Members: ResourceArn, Tags."""
        return self._call("TagResource", members)

    def untag_resource(self, **members: Any) -> dict[str, Any]:
        """Take tags from a table. Members: ResourceArn, TagKeys."""
        return self._call("UntagResource", members)

    def update_continuous_backups(self, **members: Any) -> dict[str, Any]:
        """Leave point-in-time recovery off; it cannot be switched on yet.

        Members: TableName, PointInTimeRecoverySpecification.
        """
        return self._call("UpdateContinuousBackups", members)

    def update_contributor_insights(self, **members: Any) -> dict[str, Any]:
        """Switch contributor insights on or off.

        Members: TableName, IndexName, ContributorInsightsAction, ContributorInsightsMode.
        """
        return self._call("UpdateContributorInsights", members)

    def transact_get_items(self, **members: Any) -> dict[str, Any]:
        """Return up to 100 items as they are at one moment. Members: TransactItems, ReturnConsumedCapacity.

        Raises TransactionCanceledException, with a reason for each item, when a key does not fit its table or another
        transaction holds an item.
        """
        return self._call("TransactGetItems", members)

    def transact_write_items(self, **members: Any) -> dict[str, Any]:
        """Do up to 100 puts, updates, deletes and condition checks, all or none.

        Members: TransactItems, ClientRequestToken, ReturnConsumedCapacity, ReturnItemCollectionMetrics. Raises
        TransactionCanceledException, with a reason for each action; IdempotentParameterMismatchException for a token
        that was used for another request within ten minutes; TransactionInProgressException.
        """
        return self._call("TransactWriteItems", members)

    def update_item(self, **members: Any) -> dict[str, Any]:
        """Edit one item, or make it.

        Members: UpdateExpression, and those of `delete_item`. Raises ConditionalCheckFailedException when the condition
        is false.
        """
        return self._call("UpdateItem", members)

    def update_table(self, **members: Any) -> dict[str, Any]:
        """Change a table while it is in use.

        Members: TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates, BillingMode, ProvisionedThroughput,
        OnDemandThroughput, WarmThroughput, TableClass, DeletionProtectionEnabled, StreamSpecification,
        SSESpecification. Raises ResourceInUseException when the table is in change.
        """
        return self._call("UpdateTable", members)

    def update_time_to_live(self, **members: Any) -> dict[str, Any]:
        """Let items expire by an attribute, or no longer. Members: TableName, TimeToLiveSpecification."""
        return self._call("UpdateTimeToLive", members)

    def can_paginate(self, operation_name: str) -> bool:
        """Whether `get_paginator` has the operation, named like its method."""
        from statordb.paginate import TOKENS

        return operation_name in TOKENS

    def get_paginator(self, operation_name: str) -> Paginator:
        """Return the paginator of an operation that answers in pages. Raises ValueError for other operations."""
        from statordb.paginate import TOKENS, Paginator

        if operation_name not in TOKENS:
            raise ValueError(f"`{operation_name}` has no paginator: those that have one are {', '.join(TOKENS)}")
        return Paginator(getattr(self, operation_name), TOKENS[operation_name])

    def get_waiter(self, waiter_name: str) -> Waiter:
        """Return the waiter `table_exists`, `table_not_exists` or `contributor_insights_enabled`.

        Raises ValueError for other names.
        """
        from statordb.waiter import WAITERS, Waiter

        if waiter_name not in WAITERS:
            raise ValueError(f"there is no waiter `{waiter_name}`: the waiters are {', '.join(WAITERS)}")
        return Waiter(waiter_name, getattr(self, WAITERS[waiter_name].asks))

    def close(self) -> None:
        """Do nothing: the client has no connection. Close the database instead."""

    def __repr__(self) -> str:
        return f"<statordb.Client {self.meta.region_name}>"


class StreamsClient:
    """Operations of DynamoDB Streams as methods; made with `Database.streams`.

    A stream is read shard by shard, from an iterator on::

        stream = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        for shard in stream["Shards"]:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            answer = streams.get_records(ShardIterator=iterator)
            print(answer["Records"], answer.get("NextShardIterator"))
    """

    def __init__(self, database: _core.Database) -> None:
        self._call = database.call
        self.meta = Meta(database.region, "streams.dynamodb", STREAMS_OPERATIONS)
        self.exceptions = Exceptions()

    def describe_stream(self, **members: Any) -> dict[str, Any]:
        """Describe a stream and its shards, up to 100 at a time.

        Members: StreamArn, Limit, ExclusiveStartShardId, ShardFilter.
        """
        return self._call("DescribeStream", members)

    def get_records(self, **members: Any) -> dict[str, Any]:
        """Return records of a shard, up to 1,000 or 1 MB at a time, and where to go on.

        Members: ShardIterator, Limit. The answer has no `NextShardIterator` when the shard is closed and read to its
        end. Raises ExpiredIteratorException, TrimmedDataAccessException.
        """
        return self._call("GetRecords", members)

    def get_shard_iterator(self, **members: Any) -> dict[str, Any]:
        """Return an iterator of a shard; it can be used for 15 minutes.

        Members: StreamArn, ShardId, ShardIteratorType, SequenceNumber, Timestamp. Raises TrimmedDataAccessException for
        a record that is older than 24 hours.
        """
        return self._call("GetShardIterator", members)

    def list_streams(self, **members: Any) -> dict[str, Any]:
        """Return streams, up to 100 at a time. Members: TableName, Limit, ExclusiveStartStreamArn."""
        return self._call("ListStreams", members)

    def can_paginate(self, operation_name: str) -> bool:  # noqa: ARG002 (boto3's name)
        """Return False: as in boto3, no operation of streams has a paginator."""
        return False

    def close(self) -> None:
        """Do nothing: the client has no connection. Close the database instead."""

    def __repr__(self) -> str:
        return f"<statordb.StreamsClient {self.meta.region_name}>"


class Meta:
    """What boto3's clients say of themselves, as far as it has a meaning here."""

    def __init__(self, region_name: str, host: str, operations: Mapping[str, str]) -> None:
        self.region_name = region_name
        self.partition = "aws"
        self.endpoint_url = f"https://{host}.{region_name}.amazonaws.com"
        self._operations = operations

    @property
    def method_to_api_mapping(self) -> dict[str, str]:
        """The operations, by the names of their methods."""
        return dict(self._operations)


OPERATIONS = {
    "batch_execute_statement": "BatchExecuteStatement",
    "batch_get_item": "BatchGetItem",
    "batch_write_item": "BatchWriteItem",
    "create_table": "CreateTable",
    "delete_backup": "DeleteBackup",
    "delete_item": "DeleteItem",
    "delete_resource_policy": "DeleteResourcePolicy",
    "delete_table": "DeleteTable",
    "describe_backup": "DescribeBackup",
    "describe_continuous_backups": "DescribeContinuousBackups",
    "describe_contributor_insights": "DescribeContributorInsights",
    "describe_endpoints": "DescribeEndpoints",
    "describe_export": "DescribeExport",
    "describe_global_table": "DescribeGlobalTable",
    "describe_global_table_settings": "DescribeGlobalTableSettings",
    "describe_import": "DescribeImport",
    "describe_kinesis_streaming_destination": "DescribeKinesisStreamingDestination",
    "describe_limits": "DescribeLimits",
    "describe_table": "DescribeTable",
    "describe_table_replica_auto_scaling": "DescribeTableReplicaAutoScaling",
    "describe_time_to_live": "DescribeTimeToLive",
    "execute_statement": "ExecuteStatement",
    "execute_transaction": "ExecuteTransaction",
    "get_item": "GetItem",
    "get_resource_policy": "GetResourcePolicy",
    "list_backups": "ListBackups",
    "list_bulk_operations": "ListBulkOperations",
    "list_contributor_insights": "ListContributorInsights",
    "list_exports": "ListExports",
    "list_global_tables": "ListGlobalTables",
    "list_imports": "ListImports",
    "list_tables": "ListTables",
    "list_tags_of_resource": "ListTagsOfResource",
    "put_item": "PutItem",
    "put_resource_policy": "PutResourcePolicy",
    "query": "Query",
    "scan": "Scan",
    "tag_resource": "TagResource",
    "untag_resource": "UntagResource",
    "update_continuous_backups": "UpdateContinuousBackups",
    "update_contributor_insights": "UpdateContributorInsights",
    "transact_get_items": "TransactGetItems",
    "transact_write_items": "TransactWriteItems",
    "update_item": "UpdateItem",
    "update_table": "UpdateTable",
    "update_time_to_live": "UpdateTimeToLive",
}


STREAMS_OPERATIONS = {
    "describe_stream": "DescribeStream",
    "get_records": "GetRecords",
    "get_shard_iterator": "GetShardIterator",
    "list_streams": "ListStreams",
}


class Exceptions:
    """The exceptions of `statordb.errors` by DynamoDB's names, as `client.exceptions` of boto3 has them."""

    ClientError = errors.ClientError

    def __getattr__(self, name: str) -> type[errors.ClientError]:
        if name in errors.BY_CODE:
            return errors.BY_CODE[name]
        known = ", ".join(sorted(errors.BY_CODE))
        raise AttributeError(f"`{name}` is not an exception of this client: those are {known}")

    def __dir__(self) -> list[str]:
        return ["ClientError", *errors.BY_CODE, "from_code"]

    def from_code(self, code: str) -> type[errors.ClientError]:
        """Return the class for DynamoDB's code; `ClientError` for one without a class."""
        return errors.BY_CODE.get(code, errors.ClientError)
