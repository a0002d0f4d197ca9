//! A file per operation: its request, its answer, its recipe. What several operations share stands here.

use std::borrow::Cow;

use crate::capacity::ConsumedCapacity;
use crate::value::{EncodedValue, Item, ItemRef, ValueError};
use crate::write::{Action, Applied, Write};

pub mod batch_execute_statement;
pub mod batch_get_item;
pub mod batch_write_item;
pub mod create_table;
pub mod delete_backup;
pub mod delete_item;
pub mod delete_resource_policy;
pub mod delete_table;
pub mod describe_backup;
pub mod describe_continuous_backups;
pub mod describe_contributor_insights;
pub mod describe_endpoints;
pub mod describe_export;
pub mod describe_global_table;
pub mod describe_global_table_settings;
pub mod describe_import;
pub mod describe_kinesis_streaming_destination;
pub mod describe_limits;
pub mod describe_stream;
pub mod describe_table;
pub mod describe_table_replica_auto_scaling;
pub mod describe_time_to_live;
pub mod execute_statement;
pub mod execute_transaction;
pub mod get_item;
pub mod get_records;
pub mod get_resource_policy;
pub mod get_shard_iterator;
pub mod list_backups;
pub mod list_bulk_operations;
pub mod list_contributor_insights;
pub mod list_exports;
pub mod list_global_tables;
pub mod list_imports;
pub mod list_streams;
pub mod list_tables;
pub mod list_tags_of_resource;
pub(crate) mod parameters;
pub mod put_item;
pub mod put_resource_policy;
pub mod query;
mod reading;
pub mod scan;
pub mod tag_resource;
pub mod transact_get_items;
pub mod transact_write_items;
pub mod untag_resource;
pub mod update_continuous_backups;
pub mod update_contributor_insights;
pub mod update_item;
pub mod update_table;
pub mod update_time_to_live;

/// Who asks, as far as an answer depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The region that stands in ARNs: that of the request's credential scope.
    pub region: &'a str,
}

/// A value as it came with a request; what is wrong with it is reported at its place in the order of checks.
pub type Supplied<T> = Result<T, ValueError>;

/// `ExpressionAttributeNames` and other maps from a text.
pub type NamedTexts<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// How much of the consumed capacity to report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnConsumedCapacity {
    /// Nothing.
    #[default]
    None,
    /// One sum a table.
    Total,
    /// The sum, and its parts by table and index.
    Indexes,
}

/// `ReturnValues` of the three writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnValues {
    /// Nothing.
    #[default]
    None,
    /// The whole item before.
    AllOld,
    /// The updated paths before.
    UpdatedOld,
    /// The whole item after.
    AllNew,
    /// The updated paths after.
    UpdatedNew,
}

/// `ConditionalOperator` of the legacy parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionalOperator {
    /// All conditions hold.
    And,
    /// One condition holds.
    Or,
}

/// `ComparisonOperator` of the legacy parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonOperator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// One of several.
    In,
    /// Less than or equal.
    Le,
    /// Less than.
    Lt,
    /// Greater than or equal.
    Ge,
    /// Greater than.
    Gt,
    /// Between two bounds, both included.
    Between,
    /// The attribute exists.
    NotNull,
    /// The attribute does not exist.
    Null,
    /// Holds a substring or an element.
    Contains,
    /// Does not.
    NotContains,
    /// Starts with.
    BeginsWith,
}

impl ComparisonOperator {
    /// The name in requests and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "EQ",
            Self::Ne => "NE",
            Self::In => "IN",
            Self::Le => "LE",
            Self::Lt => "LT",
            Self::Ge => "GE",
            Self::Gt => "GT",
            Self::Between => "BETWEEN",
            Self::NotNull => "NOT_NULL",
            Self::Null => "NULL",
            Self::Contains => "CONTAINS",
            Self::NotContains => "NOT_CONTAINS",
            Self::BeginsWith => "BEGINS_WITH",
        }
    }
}

/// One entry of the legacy `Expected`.
#[derive(Clone, Debug, Default)]
pub struct ExpectedAttribute {
    /// `Value`.
    pub value: Option<Supplied<EncodedValue>>,
    /// `Exists`.
    pub exists: Option<bool>,
    /// `ComparisonOperator`.
    pub operator: Option<ComparisonOperator>,
    /// `AttributeValueList`.
    pub list: Option<Vec<Supplied<EncodedValue>>>,
}

/// One entry of the legacy `KeyConditions`, `QueryFilter` or `ScanFilter`.
#[derive(Clone, Debug)]
pub struct LegacyCondition {
    /// `ComparisonOperator`.
    pub operator: ComparisonOperator,
    /// `AttributeValueList`; absent counts as empty.
    pub list: Vec<Supplied<EncodedValue>>,
}

/// A map of legacy parameters, in document order.
pub type LegacyMap<'a, T> = Vec<(Cow<'a, str>, T)>;

/// What a condition of a write may be made of: an expression, or the legacy parameters.
#[derive(Debug, Default)]
pub struct ConditionParameters<'a> {
    /// `ConditionExpression`.
    pub expression: Option<Cow<'a, str>>,
    /// `Expected`.
    pub expected: Option<LegacyMap<'a, ExpectedAttribute>>,
    /// `ConditionalOperator`.
    pub conditional_operator: Option<ConditionalOperator>,
    /// `ReturnValuesOnConditionCheckFailure` is `ALL_OLD`.
    pub return_old_on_failure: bool,
}

/// What a single write answers.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// `Attributes`, as `ReturnValues` asked.
    pub attributes: Option<Item>,
    /// `ConsumedCapacity`.
    pub capacity: Option<ConsumedCapacity>,
    /// `ItemCollectionMetrics`.
    pub metrics: Option<ItemCollectionMetrics>,
}

/// `ItemCollectionMetrics` of one item collection.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemCollectionMetrics {
    /// `ItemCollectionKey`: the partition key.
    pub key: Item,
    /// `SizeEstimateRangeGB`: at least and at most so many GB.
    pub size_gb: [u64; 2],
}

/// `ItemCollectionMetrics` of several tables, by their names.
pub type MetricsByTable = Vec<(String, Vec<ItemCollectionMetrics>)>;

impl ItemCollectionMetrics {
    /// The metrics of the collection that a write changed; none in a table without LSIs.
    pub(crate) fn of(write: &Write<'_>, applied: &Applied) -> Option<Self> {
        let whole_gb = applied.collection_bytes? >> 30;
        let item = match &write.action {
            Action::Put(item) | Action::Delete(item) | Action::Check(item) => item,
            Action::Update(change) => &change.key,
        };
        let key = write.table.schema().partition_key_of(item.view());
        Some(Self { key, size_gb: [whole_gb, whole_gb + 1] })
    }
}

/// The metrics of the writes of a transaction.
pub(crate) fn metrics_by_table(writes: &[Write<'_>], applied: &[Applied]) -> MetricsByTable {
    let each = writes.iter().zip(applied);
    by_table(each.filter_map(|(write, applied)| Some((write.table.name(), ItemCollectionMetrics::of(write, applied)?))))
}

/// Metrics by the name of their table, each collection once, as it was last.
pub(crate) fn by_table<'n>(all: impl IntoIterator<Item = (&'n str, ItemCollectionMetrics)>) -> MetricsByTable {
    let mut tables = MetricsByTable::new();
    for (name, metrics) in all {
        let place = tables.iter().position(|(other, _)| other == name).unwrap_or_else(|| {
            tables.push((name.to_owned(), Vec::new()));
            tables.len() - 1
        });
        if let Some((_, list)) = tables.get_mut(place) {
            list.retain(|other| other.key != metrics.key);
            list.push(metrics);
        }
    }
    tables
}

/// Takes the rows of a read, one after the other.
pub trait Rows {
    /// One item, projected.
    fn row(&mut self, item: ItemRef<'_>);
}

impl Rows for Vec<Item> {
    fn row(&mut self, item: ItemRef<'_>) {
        self.push(item.to_item());
    }
}

/// `Select` of a Query or Scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// Every attribute.
    AllAttributes,
    /// Every attribute of the index.
    AllProjectedAttributes,
    /// Those that a projection names.
    SpecificAttributes,
    /// None, only how many.
    Count,
}

/// What a page of Query or Scan answers beside its rows.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Items that passed the filter.
    pub count: u64,
    /// Items that were read.
    pub scanned_count: u64,
    /// The key to go on from: present when the page ended before the data did.
    pub last_evaluated_key: Option<Item>,
    /// `ConsumedCapacity`.
    pub capacity: Option<ConsumedCapacity>,
    /// Whether rows were wanted (not with `Select` of `COUNT`).
    pub has_rows: bool,
}
