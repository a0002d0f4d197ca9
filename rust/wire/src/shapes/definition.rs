//! What a table or an index is made of, as several operations take it: shapes, and how they are taken out.

use std::borrow::Cow;

use statordb_engine::catalog::{
    BillingMode, KeyRole, NewIndex, OnDemandThroughput, Projection, ProjectionType, SseType, TableClass, Throughput,
    WarmThroughput,
};
use statordb_engine::ops::create_table::{EncryptionSpecification, StreamSpecification};
use statordb_engine::stream::StreamView;
use statordb_engine::value::Kind;

use super::member::{self, INDEX_NAME};
use crate::params::{Fields, Param};
use crate::shape::{ListRule, Member, Presence, Shape, Structure, TextRule};

/// The name of a key attribute.
pub(super) const KEY_NAME: Shape = Shape::Text(TextRule { min: 1, max: 255, is_name: false });
const KEY_ATTRIBUTE: Member = Member::required("AttributeName", &KEY_NAME);

const DEFINITION: Structure = Structure::new(
    "AttributeDefinition",
    &[KEY_ATTRIBUTE, Member::required("AttributeType", &Shape::Choice(&["B", "N", "S"]))],
);
pub(super) const DEFINITIONS: Shape = member::list_of(&Shape::Structure(&DEFINITION));

const KEY_ELEMENT: Structure = Structure::new(
    "KeySchemaElement",
    &[KEY_ATTRIBUTE, Member::required("KeyType", &Shape::Choice(&["HASH", "RANGE"]))],
);

const fn key_schema_up_to(max: usize) -> Shape {
    Shape::List(ListRule { element: &Shape::Structure(&KEY_ELEMENT), min: 1, max, max_is_bare: false })
}

/// The keys of a table or an LSI.
pub(super) const KEY_SCHEMA_OF_TABLE: Shape = key_schema_up_to(2);
/// The keys of a GSI; the engine counts them.
const KEY_SCHEMA_OF_INDEX: Shape = key_schema_up_to(usize::MAX);

pub(super) const BILLING_MODE: Shape = Shape::Choice(&["PROVISIONED", "PAY_PER_REQUEST"]);
pub(super) const TABLE_CLASS: Shape = Shape::Word(
    &["STANDARD", "STANDARD_INFREQUENT_ACCESS"],
    "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, \
     STANDARD_INFREQUENT_ACCESS].",
);

pub(super) const THROUGHPUT: Structure = Structure::new(
    "ProvisionedThroughput",
    &[
        Member::required("ReadCapacityUnits", &Shape::Long(1, i64::MAX)),
        Member::required("WriteCapacityUnits", &Shape::Long(1, i64::MAX)),
    ],
);

pub(super) const ON_DEMAND: Structure = Structure::new(
    "OnDemandThroughput",
    &[
        Member::optional("MaxReadRequestUnits", &Shape::Long(i64::MIN, i64::MAX)),
        Member::optional("MaxWriteRequestUnits", &Shape::Long(i64::MIN, i64::MAX)),
    ],
);

pub(super) const WARM: Structure = Structure::new(
    "WarmThroughput",
    &[
        Member::optional("ReadUnitsPerSecond", &Shape::Long(1, i64::MAX)),
        Member::optional("WriteUnitsPerSecond", &Shape::Long(1, i64::MAX)),
    ],
);

const NON_KEY_ATTRIBUTES: Shape = Shape::List(ListRule { element: &KEY_NAME, min: 1, max: 20, max_is_bare: false });

const PROJECTION: Structure = Structure::new(
    "Projection",
    &[
        Member::optional("ProjectionType", &Shape::Choice(&["ALL", "INCLUDE", "KEYS_ONLY"])),
        Member::optional("NonKeyAttributes", &NON_KEY_ATTRIBUTES),
    ],
);

pub(super) const NAME_OF_INDEX: Member = Member { presence: Presence::Required, ..INDEX_NAME };
const INDEX_PROJECTION: Member = Member::required("Projection", &Shape::Structure(&PROJECTION));

const LOCAL_INDEX: Structure = Structure::new(
    "LocalSecondaryIndex",
    &[NAME_OF_INDEX, Member::required("KeySchema", &KEY_SCHEMA_OF_TABLE), INDEX_PROJECTION],
);

const GLOBAL_INDEX_MEMBERS: &[Member] = &[
    NAME_OF_INDEX,
    Member::required("KeySchema", &KEY_SCHEMA_OF_INDEX),
    INDEX_PROJECTION,
    Member::optional("ProvisionedThroughput", &Shape::Structure(&THROUGHPUT)),
    Member::optional("OnDemandThroughput", &Shape::Structure(&ON_DEMAND)),
    Member::optional("WarmThroughput", &Shape::Structure(&WARM)),
];
const GLOBAL_INDEX: Structure = Structure::new("GlobalSecondaryIndex", GLOBAL_INDEX_MEMBERS);
/// A GSI that UpdateTable makes.
pub(super) const CREATE_INDEX: Structure = Structure::new("CreateGlobalSecondaryIndexAction", GLOBAL_INDEX_MEMBERS);

/// `LocalSecondaryIndexes` and `GlobalSecondaryIndexes`. An empty list is the engine's matter.
pub(super) const INDEXES_OF: (Shape, Shape) =
    (member::list_of(&Shape::Structure(&LOCAL_INDEX)), member::list_of(&Shape::Structure(&GLOBAL_INDEX)));

pub(super) const STREAM: Structure = Structure::new(
    "StreamSpecification",
    &[
        Member::required("StreamEnabled", &Shape::Boolean),
        Member::optional(
            "StreamViewType",
            &Shape::Choice(&["OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"]),
        ),
    ],
);

pub(super) const SSE: Structure = Structure::new(
    "SSESpecification",
    &[
        Member::optional("Enabled", &Shape::Boolean),
        Member::optional("SSEType", &Shape::Choice(&["AES256", "KMS"])),
        Member::optional("KMSMasterKeyId", &member::TEXT),
    ],
);

const TAG: Structure = Structure::new(
    "Tag",
    &[
        member::required_with("Key", &member::TEXT, "The Tag Key provided is invalid, Key: null"),
        member::required_with("Value", &member::TEXT, "The Tag Value provided is invalid, Value: null"),
    ],
);
pub(super) const TAGS: Shape = member::list_of(&Shape::Structure(&TAG));

fn elements<'a, T>(fields: &mut Fields<'a>, place: usize, convert: impl Fn(Fields<'a>) -> Option<T>) -> Option<Vec<T>> {
    fields.list(place, |param: Param<'a>| param.into_structure().and_then(&convert))
}

/// `AttributeDefinitions`.
pub(super) fn definitions<'a>(fields: &mut Fields<'a>, place: usize) -> Vec<(Cow<'a, str>, Kind)> {
    elements(fields, place, definition).unwrap_or_default()
}

fn definition<'a>(mut fields: Fields<'a>) -> Option<(Cow<'a, str>, Kind)> {
    let kind = fields.word(const { DEFINITION.place("AttributeType") }).and_then(Kind::from_name)?;
    Some((fields.text(const { DEFINITION.place("AttributeName") })?, kind))
}

/// `KeySchema`.
pub(super) fn key_schema<'a>(fields: &mut Fields<'a>, place: usize) -> Vec<(Cow<'a, str>, KeyRole)> {
    elements(fields, place, key_element).unwrap_or_default()
}

fn key_element<'a>(mut fields: Fields<'a>) -> Option<(Cow<'a, str>, KeyRole)> {
    let role = match fields.word(const { KEY_ELEMENT.place("KeyType") })? {
        "RANGE" => KeyRole::Range,
        _ => KeyRole::Hash,
    };
    Some((fields.text(const { KEY_ELEMENT.place("AttributeName") })?, role))
}

/// `BillingMode`.
pub(super) fn billing_mode(fields: &Fields<'_>, place: usize) -> Option<BillingMode> {
    fields.word(place).map(|word| match word {
        "PAY_PER_REQUEST" => BillingMode::PayPerRequest,
        _ => BillingMode::Provisioned,
    })
}

/// `TableClass`.
pub(super) fn table_class(fields: &Fields<'_>, place: usize) -> Option<TableClass> {
    fields.word(place).map(|word| match word {
        "STANDARD_INFREQUENT_ACCESS" => TableClass::StandardInfrequentAccess,
        _ => TableClass::Standard,
    })
}

/// `ProvisionedThroughput`.
pub(super) fn throughput(fields: &mut Fields<'_>, place: usize) -> Option<Throughput> {
    let fields = fields.structure(place)?;
    Some(Throughput {
        read_units: fields.number(const { THROUGHPUT.place("ReadCapacityUnits") }).unwrap_or_default(),
        write_units: fields.number(const { THROUGHPUT.place("WriteCapacityUnits") }).unwrap_or_default(),
    })
}

/// `OnDemandThroughput`.
pub(super) fn on_demand(fields: &mut Fields<'_>, place: usize) -> Option<OnDemandThroughput> {
    let fields = fields.structure(place)?;
    Some(OnDemandThroughput {
        read_units_max: fields.number(const { ON_DEMAND.place("MaxReadRequestUnits") }),
        write_units_max: fields.number(const { ON_DEMAND.place("MaxWriteRequestUnits") }),
    })
}

/// `WarmThroughput`.
pub(super) fn warm(fields: &mut Fields<'_>, place: usize) -> Option<WarmThroughput> {
    let fields = fields.structure(place)?;
    Some(WarmThroughput {
        read_units: fields.number(const { WARM.place("ReadUnitsPerSecond") }),
        write_units: fields.number(const { WARM.place("WriteUnitsPerSecond") }),
    })
}

/// `LocalSecondaryIndexes` or `GlobalSecondaryIndexes`; the members of an LSI are the first of a GSI's.
pub(super) fn indexes<'a>(fields: &mut Fields<'a>, place: usize) -> Option<Vec<NewIndex<'a>>> {
    elements(fields, place, |mut fields| Some(index(&mut fields)))
}

/// An index.
pub(super) fn index<'a>(fields: &mut Fields<'a>) -> NewIndex<'a> {
    NewIndex {
        name: fields.text(const { GLOBAL_INDEX.place("IndexName") }).unwrap_or_default(),
        key_schema: key_schema(fields, const { GLOBAL_INDEX.place("KeySchema") }),
        projection: projection(fields, const { GLOBAL_INDEX.place("Projection") }),
        throughput: throughput(fields, const { GLOBAL_INDEX.place("ProvisionedThroughput") }),
        on_demand: on_demand(fields, const { GLOBAL_INDEX.place("OnDemandThroughput") }),
        warm: warm(fields, const { GLOBAL_INDEX.place("WarmThroughput") }),
    }
}

fn projection<'a>(fields: &mut Fields<'a>, place: usize) -> Projection<'a> {
    let Some(mut fields) = fields.structure(place) else { return Projection::default() };
    let kind = fields.word(const { PROJECTION.place("ProjectionType") }).map(|word| match word {
        "INCLUDE" => ProjectionType::Include,
        "KEYS_ONLY" => ProjectionType::KeysOnly,
        _ => ProjectionType::All,
    });
    let non_key_attributes = member::texts(&mut fields, const { PROJECTION.place("NonKeyAttributes") });
    Projection { kind, non_key_attributes }
}

/// `StreamSpecification`.
pub(super) fn stream(fields: &mut Fields<'_>, place: usize) -> Option<StreamSpecification> {
    let fields = fields.structure(place)?;
    let view = fields.word(const { STREAM.place("StreamViewType") }).and_then(StreamView::from_name);
    let enabled = fields.boolean(const { STREAM.place("StreamEnabled") }).unwrap_or(false);
    Some(StreamSpecification { enabled, view })
}

/// `SSESpecification`.
pub(super) fn encryption<'a>(fields: &mut Fields<'a>, place: usize) -> Option<EncryptionSpecification<'a>> {
    let mut fields = fields.structure(place)?;
    let kind = fields.word(const { SSE.place("SSEType") }).map(|word| match word {
        "AES256" => SseType::Aes256,
        _ => SseType::Kms,
    });
    Some(EncryptionSpecification {
        enabled: fields.boolean(const { SSE.place("Enabled") }).unwrap_or(false),
        kind,
        key: fields.text(const { SSE.place("KMSMasterKeyId") }),
    })
}

/// `Tags`.
pub(super) fn tags<'a>(fields: &mut Fields<'a>, place: usize) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    elements(fields, place, tag).unwrap_or_default()
}

fn tag<'a>(mut fields: Fields<'a>) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    Some((fields.text(const { TAG.place("Key") })?, fields.text(const { TAG.place("Value") })?))
}
