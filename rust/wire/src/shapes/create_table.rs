//! CreateTable.

use statordb_engine::ops::create_table::CreateTable;

use super::definition::{self, DEFINITIONS, INDEXES_OF, ON_DEMAND, SSE, STREAM, TAGS, THROUGHPUT, WARM};
use super::member;
use crate::params::Fields;
use crate::shape::{Idle, Member, Shape, Structure};

const REFUSED: Shape = Shape::Refused(Idle::Nothing);

pub(super) const SHAPE: Structure = Structure::new(
    "CreateTableInput",
    &[
        Member::required("AttributeDefinitions", &DEFINITIONS),
        member::table_name_of_control_plane(&Shape::NewTable),
        Member::required("KeySchema", &definition::KEY_SCHEMA_OF_TABLE),
        Member::optional("LocalSecondaryIndexes", &INDEXES_OF.0),
        Member::optional("GlobalSecondaryIndexes", &INDEXES_OF.1),
        Member::optional("BillingMode", &definition::BILLING_MODE),
        Member::optional("ProvisionedThroughput", &Shape::Structure(&THROUGHPUT)),
        Member::optional("StreamSpecification", &Shape::Structure(&STREAM)),
        Member::optional("SSESpecification", &Shape::Structure(&SSE)),
        Member::optional("Tags", &TAGS),
        Member::optional("TableClass", &definition::TABLE_CLASS),
        Member::optional("DeletionProtectionEnabled", &Shape::Boolean),
        Member::optional("WarmThroughput", &Shape::Structure(&WARM)),
        Member::optional("ResourcePolicy", &Shape::Document),
        Member::optional("OnDemandThroughput", &Shape::Structure(&ON_DEMAND)),
        Member::optional("GlobalTableSourceArn", &REFUSED),
        Member::optional("GlobalTableSettingsReplicationMode", &REFUSED),
        Member::optional("VectorIndexes", &Shape::Refused(Idle::EmptyList)),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> CreateTable<'a> {
    CreateTable {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        definitions: definition::definitions(fields, const { SHAPE.place("AttributeDefinitions") }),
        key_schema: definition::key_schema(fields, const { SHAPE.place("KeySchema") }),
        billing_mode: definition::billing_mode(fields, const { SHAPE.place("BillingMode") }),
        throughput: definition::throughput(fields, const { SHAPE.place("ProvisionedThroughput") }),
        on_demand: definition::on_demand(fields, const { SHAPE.place("OnDemandThroughput") }),
        warm: definition::warm(fields, const { SHAPE.place("WarmThroughput") }),
        table_class: definition::table_class(fields, const { SHAPE.place("TableClass") }),
        deletion_protection: fields.boolean(const { SHAPE.place("DeletionProtectionEnabled") }).unwrap_or(false),
        local_indexes: definition::indexes(fields, const { SHAPE.place("LocalSecondaryIndexes") }),
        global_indexes: definition::indexes(fields, const { SHAPE.place("GlobalSecondaryIndexes") }),
        stream: definition::stream(fields, const { SHAPE.place("StreamSpecification") }),
        encryption: definition::encryption(fields, const { SHAPE.place("SSESpecification") }),
        tags: definition::tags(fields, const { SHAPE.place("Tags") }),
        policy: fields.text(const { SHAPE.place("ResourcePolicy") }),
    }
}
