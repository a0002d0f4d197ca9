//! UpdateTable.

use std::borrow::Cow;

use statordb_engine::ops::update_table::{IndexChange, IndexUpdate, UpdateTable};

use super::definition::{self, CREATE_INDEX, DEFINITIONS, NAME_OF_INDEX, ON_DEMAND, SSE, STREAM, THROUGHPUT, WARM};
use super::member;
use crate::params::{Fields, Param};
use crate::shape::{Idle, Member, Shape, Structure};

const UPDATE: Structure = Structure::new(
    "UpdateGlobalSecondaryIndexAction",
    &[
        NAME_OF_INDEX,
        Member::optional("ProvisionedThroughput", &Shape::Structure(&THROUGHPUT)),
        Member::optional("OnDemandThroughput", &Shape::Structure(&ON_DEMAND)),
        Member::optional("WarmThroughput", &Shape::Structure(&WARM)),
    ],
);

const DELETE: Structure = Structure::new("DeleteGlobalSecondaryIndexAction", &[NAME_OF_INDEX]);

const INDEX_UPDATE: Structure = Structure::new(
    "GlobalSecondaryIndexUpdate",
    &[
        Member::optional("Update", &Shape::Structure(&UPDATE)),
        Member::optional("Create", &Shape::Structure(&CREATE_INDEX)),
        Member::optional("Delete", &Shape::Structure(&DELETE)),
    ],
);

const REFUSED: Shape = Shape::Refused(Idle::Nothing);
const REFUSED_LIST: Shape = Shape::Refused(Idle::EmptyList);

pub(super) const SHAPE: Structure = Structure::new(
    "UpdateTableInput",
    &[
        Member::optional("AttributeDefinitions", &DEFINITIONS),
        member::table_name_of_control_plane(&Shape::Table),
        Member::optional("BillingMode", &definition::BILLING_MODE),
        Member::optional("ProvisionedThroughput", &Shape::Structure(&THROUGHPUT)),
        Member::optional("GlobalSecondaryIndexUpdates", &member::list_of(&Shape::Structure(&INDEX_UPDATE))),
        Member::optional("StreamSpecification", &Shape::Structure(&STREAM)),
        Member::optional("SSESpecification", &Shape::Structure(&SSE)),
        Member::optional("ReplicaUpdates", &REFUSED_LIST),
        Member::optional("TableClass", &definition::TABLE_CLASS),
        Member::optional("DeletionProtectionEnabled", &Shape::Boolean),
        Member::optional("MultiRegionConsistency", &REFUSED),
        Member::optional("GlobalTableWitnessUpdates", &REFUSED_LIST),
        Member::optional("OnDemandThroughput", &Shape::Structure(&ON_DEMAND)),
        Member::optional("WarmThroughput", &Shape::Structure(&WARM)),
        Member::optional("GlobalTableSettingsReplicationMode", &REFUSED),
        Member::optional("DisassociationProtectionEnabled", &REFUSED),
        Member::optional("VectorIndexUpdates", &REFUSED_LIST),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> UpdateTable<'a> {
    UpdateTable {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        definitions: definition::definitions(fields, const { SHAPE.place("AttributeDefinitions") }),
        billing_mode: definition::billing_mode(fields, const { SHAPE.place("BillingMode") }),
        throughput: definition::throughput(fields, const { SHAPE.place("ProvisionedThroughput") }),
        on_demand: definition::on_demand(fields, const { SHAPE.place("OnDemandThroughput") }),
        warm: definition::warm(fields, const { SHAPE.place("WarmThroughput") }),
        table_class: definition::table_class(fields, const { SHAPE.place("TableClass") }),
        deletion_protection: fields.boolean(const { SHAPE.place("DeletionProtectionEnabled") }),
        indexes: index_updates(fields, const { SHAPE.place("GlobalSecondaryIndexUpdates") }),
        stream: definition::stream(fields, const { SHAPE.place("StreamSpecification") }),
        encryption: definition::encryption(fields, const { SHAPE.place("SSESpecification") }),
    }
}

fn index_updates<'a>(fields: &mut Fields<'a>, place: usize) -> Vec<IndexUpdate<'a>> {
    let update = |param: Param<'a>| {
        let mut fields = param.into_structure()?;
        let create = fields.structure(const { INDEX_UPDATE.place("Create") });
        let update = fields.structure(const { INDEX_UPDATE.place("Update") });
        let delete = fields.structure(const { INDEX_UPDATE.place("Delete") });
        Some(IndexUpdate {
            create: create.map(|mut fields| definition::index(&mut fields)),
            update: update.map(|mut fields| index_change(&mut fields)),
            delete: delete.map(|mut fields| name_in(&mut fields, const { DELETE.place("IndexName") })),
        })
    };
    fields.list(place, update).unwrap_or_default()
}

fn name_in<'a>(fields: &mut Fields<'a>, place: usize) -> Cow<'a, str> {
    fields.text(place).unwrap_or_default()
}

fn index_change<'a>(fields: &mut Fields<'a>) -> IndexChange<'a> {
    IndexChange {
        name: name_in(fields, const { UPDATE.place("IndexName") }),
        throughput: definition::throughput(fields, const { UPDATE.place("ProvisionedThroughput") }),
        on_demand: definition::on_demand(fields, const { UPDATE.place("OnDemandThroughput") }),
        warm: definition::warm(fields, const { UPDATE.place("WarmThroughput") }),
    }
}
