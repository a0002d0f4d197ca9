//! UpdateTable: billing, settings, the stream, and GSIs that come, go and change while the table is in use.

use std::borrow::Cow;
use std::sync::Arc;

use statordb_store::{Read, TreeId};

use super::Caller;
use super::create_table::{
    EncryptionSpecification, StreamSpecification, check_encryption, new_index, units_with_pay_per_request,
};
use crate::Engine;
use crate::catalog::definition::{
    Proposed, WarmFloor, check_billing, check_index, check_on_demand, check_projected_total, check_units, check_warm,
    index_without_throughput, key_schema, listed,
};
use crate::catalog::{
    BillingMode, Catalog, Edit, Index, IndexKind, Leaving, Live, NewIndex, OnDemandThroughput, Projected, Table,
    TableClass, TableDescription, TableStatus, Target, Throughput, WarmThroughput,
};
use crate::error::{Error, Result};
use crate::key::KeySchema;
use crate::limits::GSI_COUNT_MAX;
use crate::value::Kind;

/// The request.
#[derive(Clone, Debug, Default)]
pub struct UpdateTable<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `AttributeDefinitions`: those of the keys of new indexes; others are ignored.
    pub definitions: Vec<(Cow<'a, str>, Kind)>,
    /// `BillingMode`.
    pub billing_mode: Option<BillingMode>,
    /// `ProvisionedThroughput`.
    pub throughput: Option<Throughput>,
    /// `OnDemandThroughput`.
    pub on_demand: Option<OnDemandThroughput>,
    /// `WarmThroughput`.
    pub warm: Option<WarmThroughput>,
    /// `TableClass`.
    pub table_class: Option<TableClass>,
    /// `DeletionProtectionEnabled`.
    pub deletion_protection: Option<bool>,
    /// `GlobalSecondaryIndexUpdates`.
    pub indexes: Vec<IndexUpdate<'a>>,
    /// `StreamSpecification`.
    pub stream: Option<StreamSpecification>,
    /// `SSESpecification`.
    pub encryption: Option<EncryptionSpecification<'a>>,
}

/// `GlobalSecondaryIndexUpdate`: exactly one of them.
#[derive(Clone, Debug, Default)]
pub struct IndexUpdate<'a> {
    /// `Create`.
    pub create: Option<NewIndex<'a>>,
    /// `Update`.
    pub update: Option<IndexChange<'a>>,
    /// `Delete`, by name.
    pub delete: Option<Cow<'a, str>>,
}

/// `UpdateGlobalSecondaryIndexAction`.
#[derive(Clone, Debug, Default)]
pub struct IndexChange<'a> {
    /// `IndexName`.
    pub name: Cow<'a, str>,
    /// `ProvisionedThroughput`.
    pub throughput: Option<Throughput>,
    /// `OnDemandThroughput`.
    pub on_demand: Option<OnDemandThroughput>,
    /// `WarmThroughput`.
    pub warm: Option<WarmThroughput>,
}

/// What can be said of a request without its table, in AWS's order.
const CHECKS: &[fn(&UpdateTable<'_>) -> Result<()>] = &[
    |request| request.check_asks(),
    |request| request.check_alone(),
    |request| request.check_throughput(),
    |request| request.check_updates(),
    |request| request.check_stream(),
    |request| check_encryption(request.encryption.as_ref()),
];

/// One kind of change after the other, on the table as it is to be. Billing comes first: the rest depends on it. The stream
/// comes last: until the change is recorded nobody else can end it.
type Step = fn(&Engine, &Change<'_>, &mut Edit<'_>) -> Result<()>;
const STEPS: &[Step] = &[
    Engine::change_billing,
    Engine::change_settings,
    Engine::change_encryption,
    Engine::change_indexes,
    Engine::change_stream,
];

/// A change that is being made.
struct Change<'r> {
    request: &'r UpdateTable<'r>,
    table: &'r Table,
    now_ms: u64,
    until_ms: u64,
}

/// What is left to do once the table is changed.
#[derive(Default)]
struct Rest {
    /// Trees that nobody writes to any more.
    dropped: Vec<TreeId>,
    /// An index to fill, from the items of this moment.
    filled: Option<(Arc<Index>, Box<dyn Read>)>,
}

impl Engine {
    /// Changes a table while it is in use. It is answered as being updated; unless changes were given a time, the next
    /// look finds it done, but for an index of a large table, which takes the time that it takes to fill.
    ///
    /// # Errors
    /// ValidationException for what contradicts itself or the table, ResourceNotFoundException for an unknown table or
    /// index, ResourceInUseException for a table in change, LimitExceededException for two indexes at a time, for one index
    /// too many and when too many tables are in change.
    pub fn update_table(&self, caller: &Caller<'_>, request: &UpdateTable<'_>) -> Result<TableDescription> {
        CHECKS.iter().try_for_each(|check| check(request))?;
        let now_ms = self.clock.now_ms();
        let table = self.listed_table(&request.table, now_ms)?;
        table.check_settled(now_ms, self.is_closed_to(request, &table, now_ms))?;
        if self.has_delay() {
            Catalog::check_changing(self.catalog.tables().iter().filter(|other| !Arc::ptr_eq(other, &table)), now_ms)?;
        }
        let until_ms = now_ms + self.options.control_plane_delay_ms;
        let change = Change { request, table: &table, now_ms, until_ms };
        let shaping = self.catalog.shaping();
        let rest = self.edit_settled(&table, now_ms, |edit| self.change_table(&change, edit))?;
        let description = table.describe_change(caller, now_ms, TableStatus::Updating);
        self.traffic.change(&table, now_ms);
        for tree in rest.dropped {
            self.traffic.insights.count(tree, None);
            self.store.drop_tree(tree)?;
        }
        drop(shaping);
        if let Some((index, snapshot)) = rest.filled {
            self.backfill(&table, Target::Index(index), snapshot)?;
        }
        Ok(description)
    }

    /// Whether a table is in a change that forbids this one. An index that is being filled may be deleted.
    fn is_closed_to(&self, request: &UpdateTable<'_>, table: &Table, now_ms: u64) -> bool {
        let live = table.live();
        let is_filling = |name: &str| live.index(name).is_some_and(|index| !index.is_active(now_ms));
        let ends_filling = request.indexes.iter().all(|update| update.delete.as_deref().is_some_and(is_filling));
        let is_updating = self.has_delay() && table.status(now_ms) == TableStatus::Updating;
        is_updating && (request.indexes.is_empty() || !ends_filling)
    }

    fn change_table(&self, change: &Change<'_>, edit: &mut Edit<'_>) -> Result<Rest> {
        let before = Live::clone(&edit.live);
        edit.live.leaving.retain(|leaving| change.now_ms < leaving.until_ms);
        STEPS.iter().try_for_each(|step| step(self, change, edit))?;
        let live = &mut edit.live;
        live.updating_ms = change.until_ms;
        let gone = before.indexes.iter().filter(|index| live.index(&index.name).is_none());
        let dropped = gone.map(|index| index.tree).collect();
        let new = live.indexes.iter().find(|index| before.index(&index.name).is_none());
        let filled = match new {
            Some(index) => Some((Arc::clone(index), self.store.snapshot()?)),
            None => None,
        };
        Ok(Rest { dropped, filled })
    }

    fn change_billing(&self, change: &Change<'_>, edit: &mut Edit<'_>) -> Result<()> {
        let live = &mut edit.live;
        let request = change.request;
        let mode = request.billing_mode.unwrap_or(live.billing.mode);
        let is_switched = mode != live.billing.mode;
        if mode == BillingMode::PayPerRequest && request.throughput.is_some() {
            return Err(units_with_pay_per_request());
        }
        if is_switched && mode == BillingMode::Provisioned {
            check_units_of_indexes(request, live)?;
        }
        if is_switched && mode == BillingMode::PayPerRequest {
            live.provisioned.units = Throughput::default();
            live.billing.pay_per_request_ms = Some(change.now_ms);
            live.change_each_index(|index| index.provisioned.units = Throughput::default());
        }
        live.billing.mode = mode;
        let Some(units) = request.throughput else { return Ok(()) };
        if units == live.provisioned.units && !is_switched {
            return Err(same_units(&Of::Table, live.provisioned.units, units));
        }
        match is_switched {
            true => live.provisioned.units = units,
            false => live.provisioned.change(units, change.now_ms),
        }
        Ok(())
    }

    fn change_settings(&self, change: &Change<'_>, edit: &mut Edit<'_>) -> Result<()> {
        let live = &mut edit.live;
        let request = change.request;
        check_on_demand(request.on_demand, None, live.billing.mode, -1)?;
        let warm = live.warm_units(live.provisioned, live.settings.warm);
        check_warm(request.warm, None, WarmFloor::Current(warm))?;
        let settings = &mut live.settings;
        if live.billing.mode == BillingMode::Provisioned {
            settings.on_demand = OnDemandThroughput::default();
        }
        settings.on_demand = settings.on_demand.with(request.on_demand.unwrap_or_default());
        settings.warm = settings.warm.with(request.warm.unwrap_or_default());
        settings.deletion_protection = request.deletion_protection.unwrap_or(settings.deletion_protection);
        if let Some(class) = request.table_class {
            settings.table_class = Some(class);
            settings.table_class_ms = Some(change.now_ms);
        }
        Ok(())
    }

    fn change_encryption(&self, change: &Change<'_>, edit: &mut Edit<'_>) -> Result<()> {
        let live = &mut edit.live;
        let Some(asked) = &change.request.encryption else { return Ok(()) };
        match &live.settings.encryption {
            None if !asked.enabled => return Err(Error::parameter("Table is already encrypted by default")),
            Some(current) if asked.key.as_deref().is_some_and(|key| current.has_key(key)) => {
                return Err(Error::parameter(
                    "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to \
                     change Master Key",
                ));
            }
            _ => live.settings.encryption = self.encryption(asked),
        }
        Ok(())
    }

    fn change_stream(&self, change: &Change<'_>, edit: &mut Edit<'_>) -> Result<()> {
        match change.request.stream {
            None => Ok(()),
            Some(StreamSpecification { enabled: false, .. }) => self.disable_stream(change.table, edit, change.now_ms),
            Some(StreamSpecification { view, .. }) => {
                let view = view.ok_or_else(no_view)?;
                self.enable_stream(change.table, edit, view, change.now_ms)
            }
        }
    }

    fn change_indexes(&self, change: &Change<'_>, edit: &mut Edit<'_>) -> Result<()> {
        let structural = |update: &&IndexUpdate<'_>| update.create.is_some() || update.delete.is_some();
        // AWS counts before it looks whether the indexes are there.
        if change.request.indexes.iter().filter(structural).count() > 1 {
            return Err(one_index_at_a_time());
        }
        let live = &edit.live;
        for update in &change.request.indexes {
            if let Some(name) = &update.delete {
                live.check_index_is_global(name, "delete")?;
            }
            if let Some(create) = &update.create {
                check_new_index(change.request, create, live)?;
            }
        }
        let creates = change.request.indexes.iter().any(|update| update.create.is_some());
        let is_filling = live.indexes.iter().any(|index| !index.is_active(change.now_ms)) || !live.leaving.is_empty();
        if creates && is_filling {
            return Err(one_index_at_a_time());
        }
        for update in &change.request.indexes {
            match (&update.create, &update.update, &update.delete) {
                (Some(create), ..) => self.make_index(change, create, edit)?,
                (None, Some(update), _) => change_index(change, update, &mut edit.live)?,
                (None, None, Some(name)) => remove_index(change, name, &mut edit.live),
                (None, None, None) => {}
            }
        }
        Ok(())
    }

    /// Gives the table a new, empty index, which every write keeps from now on.
    fn make_index(&self, change: &Change<'_>, create: &NewIndex<'_>, edit: &mut Edit<'_>) -> Result<()> {
        let table = change.table;
        let definitions = &change.request.definitions;
        let schema = key_schema(&create.key_schema, definitions)?;
        let of = (table.tree, table.schema());
        let mut index = new_index(&mut edit.trees, of, create, IndexKind::Global, schema)?;
        let live = &mut edit.live;
        index.set_built(false);
        index.active_ms = change.until_ms;
        for key in index.schema.attributes() {
            if live.definitions.iter().all(|(name, _)| *name != key.name) {
                live.definitions.push((key.name.clone(), key.kind));
            }
        }
        live.indexes.push(Arc::new(index));
        Ok(())
    }
}

fn no_view() -> Error {
    Error::parameter("If stream is being enabled then UpdateViewType is required")
}

fn one_index_at_a_time() -> Error {
    Error::limit_exceeded("Only 1 online index can be created or deleted simultaneously per table")
}

/// Takes an index from the table, and the definitions that only it needed.
fn remove_index(change: &Change<'_>, name: &str, live: &mut Live) {
    let (gone, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut live.indexes).into_iter().partition(|index| index.name == name);
    live.indexes = kept;
    live.leaving.extend(gone.into_iter().map(|index| Leaving { index, until_ms: change.until_ms }));
    let schemas = || std::iter::once(change.table.schema()).chain(live.indexes.iter().map(|index| &index.schema));
    let is_used = |name: &str| schemas().any(|schema: &KeySchema| schema.attribute(name).is_some());
    let definitions = live.definitions.iter().filter(|(name, _)| is_used(name)).cloned().collect();
    live.definitions = definitions;
    live.settings.insights.retain(|(index, _)| index.as_deref() != Some(name));
}

fn change_index(change: &Change<'_>, update: &IndexChange<'_>, live: &mut Live) -> Result<()> {
    live.check_index_is_global(&update.name, "update")?;
    let (by_request, mode) = (live.billing.is_by_request(), live.billing.mode);
    let changes = update.warm.is_some() || update.on_demand.is_some_and(|limits| !limits.is_none());
    if by_request && (update.throughput.is_some() || !changes) {
        return Err(Error::parameter(format_args!(
            "The only Updates for index: {} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, \
             WarmThroughput",
            update.name
        )));
    }
    check_on_demand(update.on_demand, Some(&update.name), mode, -1)?;
    let Some(place) = live.indexes.iter().position(|index| index.name == update.name) else { return Ok(()) };
    let mut index = match live.indexes.get(place) {
        Some(index) => Index::clone(index),
        None => return Ok(()),
    };
    let warm = live.warm_units(index.provisioned, index.warm);
    check_warm(update.warm, Some(&update.name), WarmFloor::Current(warm))?;
    if let Some(units) = update.throughput {
        let current = index.provisioned.units;
        if units == current {
            return Err(same_units(&Of::Index(&update.name), current, units));
        }
        let is_first = current == Throughput::default();
        if is_first { index.provisioned.units = units } else { index.provisioned.change(units, change.now_ms) }
    }
    index.on_demand = index.on_demand.with(update.on_demand.unwrap_or_default());
    index.warm = index.warm.with(update.warm.unwrap_or_default());
    index.updating_ms = change.until_ms;
    if let Some(slot) = live.indexes.get_mut(place) {
        *slot = Arc::new(index);
    }
    Ok(())
}

/// The checks of CreateTable for one index, and those of an index that joins others.
fn check_new_index(request: &UpdateTable<'_>, create: &NewIndex<'_>, live: &Live) -> Result<()> {
    let definitions = request.definitions.as_slice();
    if definitions.is_empty() {
        return Err(Error::parameter(format_args!("AttributeDefinitions is not specified for index: {}", create.name)));
    }
    let billing_mode = live.billing.mode;
    let proposed = Proposed { index: create, table_hash: "", definitions, billing_mode, is_added: true };
    check_index(&proposed, IndexKind::Global)?;
    check_not_redefined(request, create, live)?;
    if live.index(&create.name).is_some() || live.leaving.iter().any(|leaving| leaving.index.name == create.name) {
        return Err(Error::validation("Attempting to create an index which already exists"));
    }
    check_billing(&proposed)?;
    check_room_for_index(live)?;
    let included = |index: &Arc<Index>| match &index.projected {
        Projected::Include(names) => names.len(),
        Projected::All | Projected::KeysOnly => 0,
    };
    let new = create.projection.non_key_attributes.as_ref().map_or(0, Vec::len);
    check_projected_total(live.indexes.iter().map(included).sum::<usize>() + new)?;
    check_warm(create.warm, Some(&create.name), WarmFloor::of_new(live.billing.mode, create.throughput))
}

/// One more GSI than may be is another error here than in CreateTable (both captured on AWS in 2026).
fn check_room_for_index(live: &Live) -> Result<()> {
    if live.global_indexes().count() < GSI_COUNT_MAX {
        return Ok(());
    }
    Err(Error::limit_exceeded(format_args!(
        "Number of global secondary indexes exceeds per-table limit of {GSI_COUNT_MAX}"
    )))
}

/// An attribute that is a key of the table or another index keeps its type.
fn check_not_redefined(request: &UpdateTable<'_>, create: &NewIndex<'_>, live: &Live) -> Result<()> {
    for (name, role) in &create.key_schema {
        let known = live.definitions.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
        let given = request.definitions.iter().find(|(given, _)| given == name).map(|(_, kind)| *kind);
        let (Some(known), Some(given)) = (known, given) else { continue };
        if known != given {
            let schema = |kind: Kind| format!("Schema:[SchemaElement: key{{{name}:{}:{}}}]", kind.name(), role.name());
            return Err(Error::parameter(format_args!(
                "Attributes cannot be redefined. Please check that your attribute has the same type as previously \
                 defined. Existing schema: {} New schema: {}",
                schema(known),
                schema(given)
            )));
        }
    }
    Ok(())
}

/// A table that comes to be billed by units needs some for each GSI as well.
fn check_units_of_indexes(request: &UpdateTable<'_>, live: &Live) -> Result<()> {
    let gives = |name: &str| {
        request
            .indexes
            .iter()
            .filter_map(|update| update.update.as_ref())
            .any(|update| update.name == name && update.throughput.is_some())
    };
    let mut without = live.global_indexes().map(|index| index.name.as_str()).filter(|name| !gives(name)).peekable();
    if without.peek().is_none() {
        return Ok(());
    }
    Err(index_without_throughput(&listed(without).replace(", ", ",")))
}

/// Whose units are meant.
enum Of<'n> {
    Table,
    Index(&'n str),
}

fn same_units(of: &Of<'_>, current: Throughput, asked: Throughput) -> Error {
    let (whose, kind) = match of {
        Of::Table => ("the table".to_owned(), "the table"),
        Of::Index(name) => (format!("the index {name}"), "the index"),
    };
    Error::validation(format!(
        "The provisioned throughput for {whose} will not change. The requested value equals the current value. Current \
         ReadCapacityUnits provisioned for {kind}: {}. Requested ReadCapacityUnits: {}. Current WriteCapacityUnits \
         provisioned for {kind}: {}. Requested WriteCapacityUnits: {}. Refer to the Amazon DynamoDB Developer Guide for \
         current limits and how to request higher limits.",
        current.read_units, asked.read_units, current.write_units, asked.write_units
    ))
}

impl Live {
    /// An index that is to be changed or deleted must be there, and a GSI.
    fn check_index_is_global(&self, name: &str, change: &str) -> Result<()> {
        match self.index(name) {
            Some(index) if index.is_global() => Ok(()),
            Some(_) => {
                Err(Error::validation(format!("Cannot {change} an index that is not a GlobalSecondaryIndex: {name}")))
            }
            None => Err(Error::table_not_found()),
        }
    }

    fn change_each_index(&mut self, change: impl Fn(&mut Index)) {
        for slot in &mut self.indexes {
            let mut index = Index::clone(slot);
            change(&mut index);
            *slot = Arc::new(index);
        }
    }
}

impl UpdateTable<'_> {
    /// What is asked for.
    fn asks(&self) -> [bool; 9] {
        [
            self.billing_mode.is_some(),
            self.throughput.is_some(),
            self.on_demand.is_some(),
            self.warm.is_some(),
            self.table_class.is_some(),
            self.deletion_protection.is_some(),
            !self.indexes.is_empty(),
            self.stream.is_some(),
            self.encryption.is_some(),
        ]
    }

    fn check_asks(&self) -> Result<()> {
        if self.asks().contains(&true) {
            return Ok(());
        }
        Err(Error::validation(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or \
             SSESpecification or ReplicaUpdates is required",
        ))
    }

    fn check_throughput(&self) -> Result<()> {
        match (self.billing_mode, self.throughput) {
            (Some(BillingMode::Provisioned), None) => {
                Err(Error::parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED"))
            }
            (Some(BillingMode::PayPerRequest), Some(_)) => Err(units_with_pay_per_request()),
            (_, Some(throughput)) => check_units(throughput, None),
            (_, None) => Ok(()),
        }
    }

    fn check_updates(&self) -> Result<()> {
        let mut names: Vec<&str> = Vec::new();
        for update in &self.indexes {
            let name = update.check()?;
            if names.contains(&name) {
                return Err(Error::parameter(format_args!(
                    "Only one global secondary index update per index is allowed simultaneously. Index: {name}"
                )));
            }
            names.push(name);
        }
        Ok(())
    }

    fn check_stream(&self) -> Result<()> {
        match self.stream {
            Some(StreamSpecification { enabled: false, view: Some(_) }) => {
                Err(Error::parameter("If stream is being disabled, then UpdateViewType must not be specified"))
            }
            Some(StreamSpecification { enabled: true, view: None }) => Err(no_view()),
            _ => Ok(()),
        }
    }

    /// A request makes one change; another mode of billing may have units, limits or a stream beside it. What must be alone
    /// is named in this order (captured on AWS in October 2026).
    fn check_alone(&self) -> Result<()> {
        if self.asks().into_iter().filter(|asks| *asks).count() < 2 {
            return Ok(());
        }
        let creates = self.indexes.iter().any(|update| update.create.is_some());
        let has_units = self.throughput.is_some() || self.billing_mode == Some(BillingMode::Provisioned);
        let structural = creates || self.indexes.iter().any(|update| update.delete.is_some());
        let beyond_billing = [self.warm.is_some(), self.stream.is_some(), !self.indexes.is_empty()].contains(&true);
        let texts = [
            (
                self.encryption.is_some(),
                "Server-Side Encryption modification must be the only operation in the request",
            ),
            (self.table_class.is_some(), "TableClass modification must be the only operation in the request"),
            (
                self.deletion_protection.is_some(),
                "DeletionProtection modification must be the only operation in the request",
            ),
            (
                self.on_demand.is_some() && beyond_billing,
                "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
            ),
            (
                self.warm.is_some() && creates,
                "Create global secondary index cannot be specified when updating WarmThroughput",
            ),
            (self.warm.is_some(), "WarmThroughput must be the only operation in the request"),
            (self.stream.is_some() && has_units, "You cannot modify stream status while updating table IOPS"),
            (self.throughput.is_some() && structural, "You cannot create or delete index while updating table IOPS"),
            (self.stream.is_some() && structural, "You cannot create or delete index while changing stream status"),
        ];
        match texts.into_iter().find(|(is_broken, _)| *is_broken) {
            Some((_, text)) => Err(Error::parameter(text)),
            None => Ok(()),
        }
    }
}

impl IndexUpdate<'_> {
    /// The name of the index of the one thing that is asked for.
    fn check(&self) -> Result<&str> {
        match (&self.create, &self.update, &self.delete) {
            (Some(create), None, None) => Ok(&create.name),
            (None, Some(update), None) => {
                update.throughput.map_or(Ok(()), |units| check_units(units, Some(&update.name)))?;
                Ok(&update.name)
            }
            (None, None, Some(name)) => Ok(name),
            (None, None, None) => Err(Error::parameter(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
                 GlobalSecondaryIndexUpdate.Delete must not be null",
            )),
            _ => Err(Error::parameter(
                "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
            )),
        }
    }
}
