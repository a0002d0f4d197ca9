//! Members that several operations share: their shapes, and how they are taken out of the parameters.

use std::borrow::Cow;

use statordb_engine::expr::Substitutions;
use statordb_engine::ops::{
    ComparisonOperator, ConditionParameters, ConditionalOperator, ExpectedAttribute, LegacyCondition, LegacyMap,
    NamedTexts, ReturnConsumedCapacity, ReturnValues, Select,
};

use crate::params::{Fields, Param};
use crate::shape::{ListRule, MapRule, Member, Presence, Shape, Structure, TextRule};

pub(super) const TEXT: Shape = Shape::Text(TextRule::ANY);

/// The ARN of a stream.
pub(super) const STREAM_ARN: Shape = Shape::Text(TextRule { min: 37, max: 1_024, is_name: false });
/// The id of a shard.
pub(super) const SHARD_ID: Shape = Shape::Text(TextRule { min: 28, max: 65, is_name: false });

/// `TableName` of an operation on items.
pub(super) const TABLE_NAME: Member = Member::required("TableName", &Shape::Table);

const NO_TABLE_NAME: &str = "The parameter 'TableName' is required but was not present in the request";

/// `TableName` of an operation on tables; `shape` says whether the table should exist.
pub(super) const fn table_name_of_control_plane(shape: &'static Shape) -> Member {
    Member { presence: Presence::RequiredFirst(NO_TABLE_NAME), ..Member::required("TableName", shape) }
}

pub(super) const INDEX_NAME: Member = Member::optional("IndexName", &Shape::Text(TextRule::NAME));
pub(super) const ITEM: Member = Member::required("Item", &Shape::Item);
pub(super) const KEY: Member = Member::required("Key", &Shape::Item);
pub(super) const EXCLUSIVE_START_KEY: Member = Member::optional("ExclusiveStartKey", &Shape::Item);
pub(super) const CONSISTENT_READ: Member = Member::optional("ConsistentRead", &Shape::Boolean);
pub(super) const LIMIT: Member = Member::optional("Limit", &Shape::Integer(1, i32::MAX as i64));

pub(super) const ATTRIBUTES_TO_GET: Member = Member::optional(
    "AttributesToGet",
    &Shape::List(ListRule { element: &TEXT, min: 1, max: usize::MAX, max_is_bare: false }),
);
pub(super) const PROJECTION_EXPRESSION: Member = Member::optional("ProjectionExpression", &TEXT);
pub(super) const CONDITION_EXPRESSION: Member = Member::optional("ConditionExpression", &TEXT);
pub(super) const FILTER_EXPRESSION: Member = Member::optional("FilterExpression", &TEXT);
pub(super) const NAMES: Member = Member::optional("ExpressionAttributeNames", &map_of(&TEXT));
pub(super) const VALUES: Member = Member::optional("ExpressionAttributeValues", &map_of(&Shape::Value));

pub(super) const RETURN_CONSUMED_CAPACITY: Member =
    Member::optional("ReturnConsumedCapacity", &Shape::Choice(&["INDEXES", "TOTAL", "NONE"]));
pub(super) const RETURN_ITEM_COLLECTION_METRICS: Member =
    Member::optional("ReturnItemCollectionMetrics", &Shape::Choice(&["SIZE", "NONE"]));
pub(super) const RETURN_VALUES: Member =
    Member::optional("ReturnValues", &Shape::Choice(&["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"]));
pub(super) const RETURN_ON_FAILURE: Member =
    Member::optional("ReturnValuesOnConditionCheckFailure", &Shape::Choice(&["ALL_OLD", "NONE"]));
pub(super) const SELECT: Member = Member::optional(
    "Select",
    &Shape::Choice(&["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]),
);
pub(super) const CONDITIONAL_OPERATOR: Member = Member::optional("ConditionalOperator", &Shape::Choice(&["OR", "AND"]));

const COMPARISON_OPERATORS: Shape = Shape::Choice(&[
    "IN",
    "NULL",
    "BETWEEN",
    "LT",
    "NOT_CONTAINS",
    "EQ",
    "GT",
    "NOT_NULL",
    "NE",
    "LE",
    "BEGINS_WITH",
    "GE",
    "CONTAINS",
]);
const VALUE_LIST: Member = Member::optional("AttributeValueList", &list_of(&Shape::Value));

/// `ExpectedAttributeValue`.
const EXPECTED_VALUE: Structure = Structure::new(
    "ExpectedAttributeValue",
    &[
        Member::optional("Value", &Shape::Value),
        Member::optional("Exists", &Shape::Boolean),
        Member::optional("ComparisonOperator", &COMPARISON_OPERATORS),
        VALUE_LIST,
    ],
);
pub(super) const EXPECTED: Member = Member::optional("Expected", &map_of(&Shape::Structure(&EXPECTED_VALUE)));

/// `Condition`.
const CONDITION: Structure =
    Structure::new("Condition", &[VALUE_LIST, Member::required("ComparisonOperator", &COMPARISON_OPERATORS)]);
/// A map of legacy conditions: `KeyConditions`, `QueryFilter` or `ScanFilter`.
pub(super) const CONDITIONS: Shape = map_of(&Shape::Structure(&CONDITION));

/// An ARN, not looked into.
pub(super) const ARN: Shape = Shape::Text(TextRule { min: 37, max: 1_024, is_name: false });
const ARN_OF_RESOURCE: Shape = Shape::Text(TextRule { min: 1, max: 1_283, is_name: false });
/// `ResourceArn` of a policy.
pub(super) const RESOURCE_ARN: Member = Member::required("ResourceArn", &ARN_OF_RESOURCE);
/// `ResourceArn` of tags.
pub(super) const ARN_OF_TAGGED: Member = Member {
    presence: Presence::RequiredFirst("Invalid TableArn"),
    ..Member::required("ResourceArn", &ARN_OF_RESOURCE)
};
/// `ExpectedRevisionId` of a policy.
pub(super) const EXPECTED_REVISION: Member =
    Member::optional("ExpectedRevisionId", &Shape::Text(TextRule { min: 1, max: 255, is_name: false }));
/// `NextToken`.
pub(super) const NEXT_TOKEN: Member = Member::optional("NextToken", &TEXT);

/// A list without constraints.
pub(super) const fn list_of(element: &'static Shape) -> Shape {
    Shape::List(ListRule { element, min: 0, max: usize::MAX, max_is_bare: false })
}

/// A map without constraints.
pub(super) const fn map_of(value: &'static Shape) -> Shape {
    Shape::Map(MapRule { value, min: 0, max: usize::MAX, keys_are_tables: false, value_lengths: None })
}

/// A list of texts.
pub(super) fn texts<'a>(fields: &mut Fields<'a>, place: usize) -> Option<Vec<Cow<'a, str>>> {
    fields.list(place, Param::into_text)
}

/// A map of texts.
pub(super) fn named_texts<'a>(fields: &mut Fields<'a>, place: usize) -> Option<NamedTexts<'a>> {
    fields.map(place, Param::into_text)
}

/// `ExpressionAttributeNames` and `ExpressionAttributeValues`, by their places.
pub(super) fn substitutions<'a>(fields: &mut Fields<'a>, names: usize, values: usize) -> Substitutions<'a> {
    Substitutions { names: named_texts(fields, names), values: fields.map(values, Param::into_value) }
}

/// Places of the members that make the condition of a write.
#[derive(Clone, Copy)]
pub(super) struct ConditionPlaces {
    /// Of `ConditionExpression`.
    pub(super) expression: usize,
    /// Of `Expected`.
    pub(super) expected: usize,
    /// Of `ConditionalOperator`.
    pub(super) operator: usize,
    /// Of `ReturnValuesOnConditionCheckFailure`.
    pub(super) return_on_failure: usize,
}

impl ConditionPlaces {
    /// The places in a write's table.
    pub(super) const fn of(structure: &Structure) -> Self {
        Self {
            expression: structure.place("ConditionExpression"),
            expected: structure.place("Expected"),
            operator: structure.place("ConditionalOperator"),
            return_on_failure: structure.place("ReturnValuesOnConditionCheckFailure"),
        }
    }
}

/// The condition of a write.
pub(super) fn condition<'a>(fields: &mut Fields<'a>, places: ConditionPlaces) -> ConditionParameters<'a> {
    ConditionParameters {
        expression: fields.text(places.expression),
        expected: fields.map(places.expected, |param| param.into_structure().map(expected_attribute)),
        conditional_operator: conditional_operator(fields, places.operator),
        return_old_on_failure: fields.word(places.return_on_failure) == Some("ALL_OLD"),
    }
}

fn expected_attribute(mut fields: Fields<'_>) -> ExpectedAttribute {
    ExpectedAttribute {
        value: fields.value(const { EXPECTED_VALUE.place("Value") }),
        exists: fields.boolean(const { EXPECTED_VALUE.place("Exists") }),
        operator: fields.word(const { EXPECTED_VALUE.place("ComparisonOperator") }).and_then(comparison_operator),
        list: fields.list(const { EXPECTED_VALUE.place("AttributeValueList") }, Param::into_value),
    }
}

/// `KeyConditions`, `QueryFilter` or `ScanFilter`.
pub(super) fn conditions<'a>(fields: &mut Fields<'a>, place: usize) -> Option<LegacyMap<'a, LegacyCondition>> {
    fields.map(place, |param| param.into_structure().and_then(legacy_condition))
}

fn legacy_condition(mut fields: Fields<'_>) -> Option<LegacyCondition> {
    Some(LegacyCondition {
        operator: fields.word(const { CONDITION.place("ComparisonOperator") }).and_then(comparison_operator)?,
        list: fields.list(const { CONDITION.place("AttributeValueList") }, Param::into_value).unwrap_or_default(),
    })
}

fn comparison_operator(word: &str) -> Option<ComparisonOperator> {
    use ComparisonOperator::{BeginsWith, Between, Contains, Eq, Ge, Gt, In, Le, Lt, Ne, NotContains, NotNull, Null};
    [Eq, Ne, In, Le, Lt, Ge, Gt, Between, NotNull, Null, Contains, NotContains, BeginsWith]
        .into_iter()
        .find(|operator| operator.name() == word)
}

/// `ConditionalOperator`.
pub(super) fn conditional_operator(fields: &Fields<'_>, place: usize) -> Option<ConditionalOperator> {
    fields.word(place).map(|word| match word {
        "OR" => ConditionalOperator::Or,
        _ => ConditionalOperator::And,
    })
}

/// `ReturnConsumedCapacity`.
pub(super) fn return_consumed_capacity(fields: &Fields<'_>, place: usize) -> ReturnConsumedCapacity {
    match fields.word(place) {
        Some("TOTAL") => ReturnConsumedCapacity::Total,
        Some("INDEXES") => ReturnConsumedCapacity::Indexes,
        _ => ReturnConsumedCapacity::None,
    }
}

/// `ReturnItemCollectionMetrics`.
pub(super) fn wants_metrics(fields: &Fields<'_>, place: usize) -> bool {
    fields.word(place) == Some("SIZE")
}

/// `ReturnValues`.
pub(super) fn return_values(fields: &Fields<'_>, place: usize) -> ReturnValues {
    match fields.word(place) {
        Some("ALL_OLD") => ReturnValues::AllOld,
        Some("UPDATED_OLD") => ReturnValues::UpdatedOld,
        Some("ALL_NEW") => ReturnValues::AllNew,
        Some("UPDATED_NEW") => ReturnValues::UpdatedNew,
        _ => ReturnValues::None,
    }
}

/// `Select`.
pub(super) fn select(fields: &Fields<'_>, place: usize) -> Option<Select> {
    fields.word(place).map(|word| match word {
        "COUNT" => Select::Count,
        "SPECIFIC_ATTRIBUTES" => Select::SpecificAttributes,
        "ALL_PROJECTED_ATTRIBUTES" => Select::AllProjectedAttributes,
        _ => Select::AllAttributes,
    })
}
