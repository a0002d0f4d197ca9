//! Every number that AWS prints in its quotas, in one place. Sizes are bytes, KB is 1,024 bytes.

/// Largest item, names and values together (developer guide, "Service, account, and table quotas").
pub const ITEM_BYTES_MAX: usize = 409_600;
/// Containers (lists and maps) that may be open inside one attribute.
pub const NESTING_MAX: usize = 31;
/// Largest partition key value.
pub const PARTITION_KEY_BYTES_MAX: usize = 2_048;
/// Largest sort key value.
pub const SORT_KEY_BYTES_MAX: usize = 1_024;
/// Longest attribute name, in UTF-8 bytes.
pub const ATTRIBUTE_NAME_BYTES_MAX: usize = 65_535;
/// Significant digits of a number.
pub const NUMBER_DIGITS_MAX: u32 = 38;
/// Exponent of the leading digit of the largest number, 9.99..E+125.
pub const NUMBER_EXPONENT_MAX: i32 = 125;
/// Exponent of the leading digit of the smallest number, 1E-130.
pub const NUMBER_EXPONENT_MIN: i32 = -130;
/// A page of Query or Scan ends with the item that reaches this many bytes.
pub const PAGE_BYTES_MAX: usize = 1_048_576;
/// A page of an LSI also ends with the item that was fetched from the table and reaches this many bytes: what a page counts
/// is the entries, and a megabyte of small ones could lead to gigabytes of items. AWS tells no such bound.
pub const FETCHED_BYTES_MAX: usize = 16 * PAGE_BYTES_MAX;
/// A page also ends when its filter has compared this often: filters of the legacy parameters have no limit of their own.
pub const PAGE_COMPARISONS_MAX: usize = 10_000_000;
/// Longest expression text, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 4_096;
/// Longest text of an expression that a statement of PartiQL becomes, in bytes: a place in a text has 16 bits. What a
/// statement of 8,192 characters becomes is shorter.
pub const STATEMENT_PART_BYTES_MAX: usize = 65_535;
/// Longest statement of PartiQL, in characters.
pub const STATEMENT_CHARS_MAX: usize = 8_192;
/// Statements in one BatchExecuteStatement.
pub const BATCH_STATEMENTS_MAX: usize = 25;
/// Longest token with which a statement goes on.
pub const NEXT_TOKEN_CHARS_MAX: usize = 32_768;
/// Most operators in one expression.
pub const OPERATORS_MAX: usize = 300;
/// Most operands in the list of an IN operator.
pub const IN_OPERANDS_MAX: usize = 100;
/// Deepest document path.
pub const PATH_ELEMENTS_MAX: usize = 32;
/// Most keys in one BatchGetItem.
pub const BATCH_GET_KEYS_MAX: usize = 100;
/// Bytes of items that one BatchGetItem returns at most; the rest is unprocessed. The documentation says 16 MB; this is
/// what AWS was seen to do.
pub const BATCH_GET_BYTES_MAX: usize = 1_048_576 + 409_600 - 3;
/// Most requests in one BatchWriteItem.
pub const BATCH_WRITE_REQUESTS_MAX: usize = 25;
/// Most names on one page of ListTables.
pub const LIST_TABLES_MAX: usize = 100;
/// Most streams on one page of ListStreams.
pub const LIST_STREAMS_MAX: usize = 100;
/// Most shards on one page of DescribeStream.
pub const DESCRIBE_SHARDS_MAX: usize = 100;
/// Most records of one GetRecords.
pub const GET_RECORDS_MAX: usize = 1_000;
/// Bytes of records that one GetRecords returns at most, by their `SizeBytes`; a single record may be larger.
pub const GET_RECORDS_BYTES_MAX: usize = 1_048_576;
/// Milliseconds for which a stream keeps a record, and for which a stream that has ended can be read: 24 hours.
pub const STREAM_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// Milliseconds after which a shard is closed and a child goes on: 4 hours, as seen on AWS.
pub const SHARD_MS_MAX: u64 = 4 * 60 * 60 * 1_000;
/// Milliseconds for which a shard iterator can be used: 15 minutes.
pub const ITERATOR_MS_MAX: u64 = 15 * 60 * 1_000;
/// Bytes of one read unit.
pub const READ_UNIT_BYTES: usize = 4_096;
/// Bytes of one write unit.
pub const WRITE_UNIT_BYTES: usize = 1_024;
/// Longest placeholder of a name or a value, in bytes, sign included.
pub const PLACEHOLDER_BYTES_MAX: usize = 255;
/// Bytes of all substitution names and values of one request.
pub const SUBSTITUTIONS_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of the items of one partition key and their entries in LSIs: 10 GB.
pub const ITEM_COLLECTION_BYTES_MAX: u64 = 10 << 30;
/// Most actions of one transaction.
pub const TRANSACTION_ITEMS_MAX: usize = 100;
/// Bytes of all items that one transaction names.
pub const TRANSACTION_BYTES_MAX: usize = 4 << 20;
/// How long a client token of a transaction is known, in milliseconds.
pub const CLIENT_TOKEN_MS: u64 = 10 * 60 * 1000;
/// Seconds of unused capacity that a table keeps (developer guide, "Burst capacity": five minutes).
pub const BURST_S: u64 = 300;
/// Read units a second that one partition serves (developer guide, "Partitions and data distribution").
pub const PARTITION_READ_UNITS: u64 = 3_000;
/// Write units a second that one partition serves (there).
pub const PARTITION_WRITE_UNITS: u64 = 1_000;
/// LSIs of a table.
pub const LSI_COUNT_MAX: usize = 5;
/// Tables that are being created, updated or deleted at one time.
pub const CHANGING_TABLES_MAX: usize = 500;
/// GSIs of a table.
pub const GSI_COUNT_MAX: usize = 20;
/// Attributes of the partition key of a GSI, and of its sort key.
pub const INDEX_KEYS_OF_A_ROLE_MAX: usize = 4;
/// Names in `NonKeyAttributes` over all indexes of a table.
pub const PROJECTED_NAMES_MAX: usize = 100;
/// Most provisioned units of a table or an index.
pub const THROUGHPUT_UNITS_MAX: u64 = 1_000_000_000_000;
/// Tags of a table.
pub const TAGS_MAX: usize = 50;
/// Longest key of a tag, in characters.
pub const TAG_KEY_MAX: usize = 128;
/// Longest value of a tag, in characters.
pub const TAG_VALUE_MAX: usize = 256;
/// Longest resource policy, in bytes.
pub const POLICY_BYTES_MAX: usize = 20 * 1_024;
/// Most entries on one page of ListContributorInsights.
pub const LIST_INSIGHTS_MAX: usize = 100;
/// How long the attribute of TTL stays as it is once it was changed, in milliseconds.
pub const TTL_CHANGE_INTERVAL_MS: u64 = 60 * 60 * 1_000;
