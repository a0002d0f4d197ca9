//! CreateTable.

use std::borrow::Cow;

use statordb_engine::catalog::{BillingMode, KeyRole, TableClass, Throughput};
use statordb_engine::ops::create_table::CreateTable;
use statordb_engine::value::Kind;

use super::member;
use crate::params::{Fields, Param};
use crate::shape::{Idle, ListRule, Member, Shape, Structure, TextRule};

/// The name of a key attribute.
const KEY_ATTRIBUTE: Member =
    Member::required("AttributeName", &Shape::Text(TextRule { min: 1, max: 255, is_name: false }));

const DEFINITION: Structure = Structure::new(
    "AttributeDefinition",
    &[KEY_ATTRIBUTE, Member::required("AttributeType", &Shape::Choice(&["B", "N", "S"]))],
);

const KEY_ELEMENT: Structure = Structure::new(
    "KeySchemaElement",
    &[KEY_ATTRIBUTE, Member::required("KeyType", &Shape::Choice(&["HASH", "RANGE"]))],
);

const THROUGHPUT: Structure = Structure::new(
    "ProvisionedThroughput",
    &[
        Member::required("ReadCapacityUnits", &Shape::Long(1, i64::MAX)),
        Member::required("WriteCapacityUnits", &Shape::Long(1, i64::MAX)),
    ],
);

const KEY_SCHEMA: Shape =
    Shape::List(ListRule { element: &Shape::Structure(&KEY_ELEMENT), min: 1, max: 2, max_is_bare: false });

const NO_LOCAL_INDEXES: &str = "One or more parameter values were invalid: List of LocalSecondaryIndexes is empty";
const NO_GLOBAL_INDEXES: &str = "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty";
const REFUSED: Shape = Shape::Refused(Idle::Nothing);

pub(super) const SHAPE: Structure = Structure::new(
    "CreateTableInput",
    &[
        Member::required("AttributeDefinitions", &member::list_of(&Shape::Structure(&DEFINITION))),
        member::table_name_of_control_plane(&Shape::NewTable),
        Member::required("KeySchema", &KEY_SCHEMA),
        Member::optional("LocalSecondaryIndexes", &Shape::Refused(Idle::EmptyListWithText(NO_LOCAL_INDEXES))),
        Member::optional("GlobalSecondaryIndexes", &Shape::Refused(Idle::EmptyListWithText(NO_GLOBAL_INDEXES))),
        Member::optional("BillingMode", &Shape::Choice(&["PROVISIONED", "PAY_PER_REQUEST"])),
        Member::optional("ProvisionedThroughput", &Shape::Structure(&THROUGHPUT)),
        Member::optional("StreamSpecification", &Shape::Refused(Idle::Off("StreamEnabled"))),
        Member::optional("SSESpecification", &Shape::Refused(Idle::Off("Enabled"))),
        Member::optional("Tags", &Shape::Refused(Idle::EmptyList)),
        Member::optional("TableClass", &Shape::Choice(&["STANDARD", "STANDARD_INFREQUENT_ACCESS"])),
        Member::optional("DeletionProtectionEnabled", &Shape::Boolean),
        Member::optional("WarmThroughput", &REFUSED),
        Member::optional("ResourcePolicy", &REFUSED),
        Member::optional("OnDemandThroughput", &REFUSED),
        Member::optional("GlobalTableSourceArn", &REFUSED),
        Member::optional("GlobalTableSettingsReplicationMode", &REFUSED),
        Member::optional("VectorIndexes", &REFUSED),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> CreateTable<'a> {
    CreateTable {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        definitions: elements(fields, const { SHAPE.place("AttributeDefinitions") }, definition),
        key_schema: elements(fields, const { SHAPE.place("KeySchema") }, key_element),
        billing_mode: fields.word(const { SHAPE.place("BillingMode") }).map(billing_mode),
        throughput: fields.structure(const { SHAPE.place("ProvisionedThroughput") }).map(|fields| throughput(&fields)),
        table_class: fields.word(const { SHAPE.place("TableClass") }).map(table_class),
        deletion_protection: fields.boolean(const { SHAPE.place("DeletionProtectionEnabled") }).unwrap_or(false),
        local_indexes: Vec::new(),
        global_indexes: Vec::new(),
    }
}

fn elements<'a, T>(fields: &mut Fields<'a>, place: usize, convert: impl Fn(Fields<'a>) -> Option<T>) -> Vec<T> {
    fields.list(place, |param: Param<'a>| param.into_structure().and_then(&convert)).unwrap_or_default()
}

fn definition<'a>(mut fields: Fields<'a>) -> Option<(Cow<'a, str>, Kind)> {
    let kind = fields.word(const { DEFINITION.place("AttributeType") }).and_then(Kind::from_name)?;
    Some((fields.text(const { DEFINITION.place("AttributeName") })?, kind))
}

fn key_element<'a>(mut fields: Fields<'a>) -> Option<(Cow<'a, str>, KeyRole)> {
    let role = match fields.word(const { KEY_ELEMENT.place("KeyType") })? {
        "RANGE" => KeyRole::Range,
        _ => KeyRole::Hash,
    };
    Some((fields.text(const { KEY_ELEMENT.place("AttributeName") })?, role))
}

fn billing_mode(word: &str) -> BillingMode {
    match word {
        "PAY_PER_REQUEST" => BillingMode::PayPerRequest,
        _ => BillingMode::Provisioned,
    }
}

fn table_class(word: &str) -> TableClass {
    match word {
        "STANDARD_INFREQUENT_ACCESS" => TableClass::StandardInfrequentAccess,
        _ => TableClass::Standard,
    }
}

fn throughput(fields: &Fields<'_>) -> Throughput {
    Throughput {
        read_units: fields.number(const { THROUGHPUT.place("ReadCapacityUnits") }).unwrap_or_default(),
        write_units: fields.number(const { THROUGHPUT.place("WriteCapacityUnits") }).unwrap_or_default(),
    }
}
