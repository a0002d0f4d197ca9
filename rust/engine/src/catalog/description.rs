//! What DescribeTable and its relatives tell about a table.

use super::streaming::described_keys;
use super::{
    BillingMode, Index, KeyRole, Live, OnDemandThroughput, Projected, Provisioned, Table, TableClass, TableStatus,
    Throughput, WarmThroughput, table_arn,
};
use crate::ops::Caller;
use crate::stream::StreamView;
use crate::value::Kind;

/// Read and write units a second that an on-demand table can serve at once (AWS's default warm throughput).
pub(crate) const ON_DEMAND_WARM: Throughput = Throughput { read_units: 12_000, write_units: 4_000 };

/// `TableDescription`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableDescription {
    /// `TableName`.
    pub name: String,
    /// `TableStatus`.
    pub status: TableStatus,
    /// `TableArn`.
    pub arn: String,
    /// `TableId`, a UUID.
    pub id: String,
    /// `ItemCount`.
    pub item_count: u64,
    /// `TableSizeBytes`.
    pub size_bytes: u64,
    /// `ProvisionedThroughput`; zeros when paid per request.
    pub throughput: ThroughputSummary,
    /// `DeletionProtectionEnabled`.
    pub deletion_protection: bool,
    /// What a deleted table's description leaves out.
    pub details: Option<TableDetails>,
}

/// `ProvisionedThroughputDescription`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThroughputSummary {
    /// The units.
    pub units: Throughput,
    /// `NumberOfDecreasesToday`.
    pub decreases_today: u64,
    /// `LastIncreaseDateTime`, in milliseconds since 1970 like all times here.
    pub increased_ms: Option<u64>,
    /// `LastDecreaseDateTime`.
    pub decreased_ms: Option<u64>,
}

/// `BillingModeSummary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillingSummary {
    /// `BillingMode`.
    pub mode: BillingMode,
    /// `LastUpdateToPayPerRequestDateTime`; once the table is active.
    pub pay_per_request_ms: Option<u64>,
}

/// `WarmThroughput` of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmSummary {
    /// `ReadUnitsPerSecond` and `WriteUnitsPerSecond`.
    pub units: Throughput,
    /// `Status`.
    pub status: TableStatus,
}

/// `SSEDescription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionSummary {
    /// `KMSMasterKeyArn`.
    pub key_arn: String,
}

/// `StreamSpecification`, `LatestStreamLabel` and `LatestStreamArn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSummary {
    /// `StreamViewType`; absent once the stream is disabled.
    pub view: Option<StreamView>,
    /// `LatestStreamLabel`.
    pub label: String,
    /// `LatestStreamArn`.
    pub arn: String,
}

/// The part of a description that a table has while it is not being deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct TableDetails {
    /// `AttributeDefinitions`.
    pub definitions: Vec<(String, Kind)>,
    /// `KeySchema`.
    pub key_schema: Vec<(String, KeyRole)>,
    /// `CreationDateTime`.
    pub created_ms: u64,
    /// `BillingModeSummary`, if the table was ever paid per request.
    pub billing: Option<BillingSummary>,
    /// `TableClassSummary`: the class, when one was given, and when it was changed.
    pub table_class: Option<(TableClass, Option<u64>)>,
    /// `WarmThroughput`; once active.
    pub warm_throughput: Option<WarmSummary>,
    /// `OnDemandThroughput`, when a limit is set.
    pub on_demand: Option<OnDemandThroughput>,
    /// `SSEDescription`, when a key was asked for.
    pub encryption: Option<EncryptionSummary>,
    /// The stream, if there ever was one.
    pub stream: Option<StreamSummary>,
    /// `LocalSecondaryIndexes`.
    pub local_indexes: Vec<IndexDescription>,
    /// `GlobalSecondaryIndexes`.
    pub global_indexes: Vec<IndexDescription>,
}

/// `LocalSecondaryIndexDescription` or `GlobalSecondaryIndexDescription`.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDescription {
    /// `IndexName`.
    pub name: String,
    /// `IndexArn`.
    pub arn: String,
    /// `KeySchema`.
    pub key_schema: Vec<(String, KeyRole)>,
    /// `Projection`.
    pub projected: Projected,
    /// `ItemCount`.
    pub item_count: u64,
    /// `IndexSizeBytes`.
    pub size_bytes: u64,
    /// What only GSIs have.
    pub global: Option<GlobalIndexDetails>,
}

/// The part of an index's description that LSIs do not have.
#[derive(Clone, Debug, PartialEq)]
pub struct GlobalIndexDetails {
    /// `IndexStatus`.
    pub status: TableStatus,
    /// `Backfilling`, while UpdateTable makes the index; a new table's indexes have nothing to fill in and never say it.
    pub backfilling: Option<bool>,
    /// `ProvisionedThroughput`; zeros when paid per request.
    pub throughput: ThroughputSummary,
    /// `OnDemandThroughput`, when a limit is set.
    pub on_demand: Option<OnDemandThroughput>,
    /// `WarmThroughput`; once active.
    pub warm_throughput: Option<WarmSummary>,
}

/// A moment of a table, as it is described.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now_ms: u64,
    pub(crate) status: TableStatus,
    /// Whether this is the answer to a change that has only begun.
    pub(crate) is_begin: bool,
    /// Whether it is the table that is being created, and its indexes with it.
    pub(crate) is_new: bool,
}

impl Table {
    /// The description of the table as it is now, as `caller` sees it.
    pub(crate) fn describe(&self, caller: &Caller<'_>, now_ms: u64) -> TableDescription {
        self.describe_at(caller, Moment::new(now_ms, self.status(now_ms), false))
    }

    /// The description that answers a change.
    pub(crate) fn describe_change(&self, caller: &Caller<'_>, now_ms: u64, status: TableStatus) -> TableDescription {
        self.describe_at(caller, Moment::new(now_ms, status, true))
    }

    fn describe_at(&self, caller: &Caller<'_>, moment: Moment) -> TableDescription {
        let live = self.live();
        TableDescription {
            name: self.name().to_owned(),
            status: moment.status,
            arn: table_arn(caller.region, self.name()),
            id: self.id.clone(),
            item_count: self.contents.items(),
            size_bytes: self.contents.bytes(),
            throughput: live.provisioned.summary(moment.now_ms),
            deletion_protection: live.settings.deletion_protection,
            details: (moment.status != TableStatus::Deleting).then(|| self.details(&live, caller, moment)),
        }
    }

    fn details(&self, live: &Live, caller: &Caller<'_>, moment: Moment) -> TableDetails {
        let is_made = moment.status != TableStatus::Creating;
        let settings = &live.settings;
        let (local, global): (Vec<_>, Vec<_>) = live.indexes.iter().partition(|index| !index.is_global());
        let mut global: Vec<_> =
            global.iter().map(|index| self.describe_index(index, live, caller, moment.of_index(index))).collect();
        let leaving = live.leaving.iter().filter(|leaving| moment.is_begin || moment.now_ms < leaving.until_ms);
        let gone = Moment { status: TableStatus::Deleting, ..moment };
        global.extend(leaving.map(|leaving| self.describe_index(&leaving.index, live, caller, gone)));
        TableDetails {
            definitions: live.definitions.clone(),
            key_schema: described_keys(&self.schema),
            created_ms: self.created_ms,
            billing: live.billing_summary(is_made),
            table_class: settings.table_class.map(|class| (class, settings.table_class_ms)),
            warm_throughput: is_made.then(|| live.warm(live.provisioned, settings.warm)),
            on_demand: (!settings.on_demand.is_none()).then_some(settings.on_demand),
            encryption: settings
                .encryption
                .as_ref()
                .map(|encryption| EncryptionSummary { key_arn: encryption.key_arn(caller.region) }),
            stream: live.stream_summary(self.name(), caller),
            local_indexes: local.iter().map(|index| self.describe_index(index, live, caller, moment)).collect(),
            global_indexes: global,
        }
    }

    fn describe_index(&self, index: &Index, live: &Live, caller: &Caller<'_>, moment: Moment) -> IndexDescription {
        let status = moment.status;
        let is_active = status == TableStatus::Active;
        let global = GlobalIndexDetails {
            status,
            backfilling: (status == TableStatus::Creating && !moment.is_new)
                .then_some(!moment.is_begin && !index.is_built()),
            throughput: index.provisioned.summary(moment.now_ms),
            on_demand: (!index.on_demand.is_none()).then_some(index.on_demand),
            warm_throughput: is_active.then(|| live.warm(index.provisioned, index.warm)),
        };
        IndexDescription {
            name: index.name.clone(),
            arn: format!("{}/index/{}", table_arn(caller.region, self.name()), index.name),
            key_schema: described_keys(&index.schema),
            projected: index.projected.clone(),
            item_count: index.contents.items(),
            size_bytes: index.contents.bytes(),
            global: index.is_global().then_some(global),
        }
    }
}

impl Moment {
    fn new(now_ms: u64, status: TableStatus, is_begin: bool) -> Self {
        Self { now_ms, status, is_begin, is_new: status == TableStatus::Creating }
    }

    /// The moment as an index of the table sees it.
    fn of_index(self, index: &Index) -> Self {
        let status = match () {
            () if self.status == TableStatus::Creating || !index.is_active(self.now_ms) => TableStatus::Creating,
            () if self.now_ms < index.updating_ms => TableStatus::Updating,
            () => TableStatus::Active,
        };
        Self { status, ..self }
    }
}

impl Live {
    fn billing_summary(&self, is_made: bool) -> Option<BillingSummary> {
        let since_ms = self.billing.pay_per_request_ms?;
        Some(BillingSummary { mode: self.billing.mode, pay_per_request_ms: is_made.then_some(since_ms) })
    }

    /// The warm throughput of a table or an index: what was asked for, and no less than it has anyhow.
    pub(crate) fn warm_units(&self, provisioned: Provisioned, asked: WarmThroughput) -> Throughput {
        let least = if self.billing.is_by_request() { ON_DEMAND_WARM } else { provisioned.units };
        Throughput {
            read_units: least.read_units.max(asked.read_units.unwrap_or(0)),
            write_units: least.write_units.max(asked.write_units.unwrap_or(0)),
        }
    }

    fn warm(&self, provisioned: Provisioned, asked: WarmThroughput) -> WarmSummary {
        WarmSummary { units: self.warm_units(provisioned, asked), status: TableStatus::Active }
    }
}

impl Provisioned {
    fn summary(&self, now_ms: u64) -> ThroughputSummary {
        ThroughputSummary {
            units: self.units,
            decreases_today: self.decreases_today(now_ms),
            increased_ms: self.increased_ms,
            decreased_ms: self.decreased_ms,
        }
    }
}
