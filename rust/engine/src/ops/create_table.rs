//! CreateTable.

use std::borrow::Cow;
use std::sync::Arc;

use statordb_store::{Home, TreeId};

use super::Caller;
use crate::Engine;
pub use crate::catalog::NewIndex;
use crate::catalog::definition::{
    ProposedIndexes, WarmFloor, check_defined_once, check_keys_defined, check_on_demand, check_projected_total,
    check_roles, check_units, check_warm, key_schema, listed,
};
use crate::catalog::kept::NewTrees;
use crate::catalog::{
    Billing, BillingMode, Catalog, Edit, Encryption, Index, IndexKind, KeyRole, Live, OnDemandThroughput, Policy,
    Provisioned, Settings, SseType, Table, TableClass, TableDescription, TableStatus, Throughput, WarmThroughput,
};
use crate::clock::uuid;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeySchema;
use crate::limits::POLICY_BYTES_MAX;
use crate::ops::tag_resource::{check_tags, merged_tags};
use crate::stream::StreamView;
use crate::value::Kind;

/// The request.
#[derive(Clone, Debug, Default)]
pub struct CreateTable<'a> {
    /// `TableName`.
    pub table: Cow<'a, str>,
    /// `AttributeDefinitions`, in document order.
    pub definitions: Vec<(Cow<'a, str>, Kind)>,
    /// `KeySchema`, in document order.
    pub key_schema: Vec<(Cow<'a, str>, KeyRole)>,
    /// `BillingMode`; absent counts as provisioned.
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
    pub deletion_protection: bool,
    /// `LocalSecondaryIndexes`; an empty list is an error.
    pub local_indexes: Option<Vec<NewIndex<'a>>>,
    /// `GlobalSecondaryIndexes`; an empty list is an error.
    pub global_indexes: Option<Vec<NewIndex<'a>>>,
    /// `StreamSpecification`.
    pub stream: Option<StreamSpecification>,
    /// `SSESpecification`.
    pub encryption: Option<EncryptionSpecification<'a>>,
    /// `Tags`.
    pub tags: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// `ResourcePolicy`: a document of JSON, which is not looked into here.
    pub policy: Option<Cow<'a, str>>,
}

/// `StreamSpecification`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamSpecification {
    /// `StreamEnabled`.
    pub enabled: bool,
    /// `StreamViewType`.
    pub view: Option<StreamView>,
}

/// `SSESpecification`.
#[derive(Clone, Debug, Default)]
pub struct EncryptionSpecification<'a> {
    /// `Enabled`.
    pub enabled: bool,
    /// `SSEType`; absent counts as KMS.
    pub kind: Option<SseType>,
    /// `KMSMasterKeyId`.
    pub key: Option<Cow<'a, str>>,
}

type Check = fn(&CreateTable<'_>) -> Result<()>;

/// What a request for a table must fulfil, in AWS's order.
const CHECKS: &[Check] = &[
    |request| request.check_throughput(),
    |request| request.check_keys(),
    |request| request.check_definitions(),
    |request| request.check_indexes(),
    |request| request.check_definitions_used(),
    |request| request.check_stream(),
    |request| request.check_on_demand(),
    |request| request.check_warm(),
    |request| check_encryption(request.encryption.as_ref()),
    |request| check_tags(&request.tags),
    |request| request.policy.as_deref().map_or(Ok(()), check_policy),
];

impl Engine {
    /// Makes a table. It is answered as being created and can be used at once, unless creating was given a time.
    ///
    /// # Errors
    /// ValidationException for a request that contradicts itself, ResourceInUseException for a name in use.
    #[expect(clippy::needless_pass_by_value, reason = "a request is made for one call")]
    pub fn create_table(&self, caller: &Caller<'_>, request: CreateTable<'_>) -> Result<TableDescription> {
        CHECKS.iter().try_for_each(|check| check(&request))?;
        let schema = key_schema(&request.key_schema, &request.definitions)?;
        let now_ms = self.clock.now_ms();
        let _shaping = self.catalog.shaping();
        let table = self.add_table(&NewTable { schema, now_ms, request: &request })?;
        Ok(table.describe_change(caller, now_ms, TableStatus::Creating))
    }

    /// Makes the trees of a table, records it and shows it.
    fn add_table(&self, new: &NewTable<'_>) -> Result<Arc<Table>> {
        let request = new.request;
        self.catalog.purge(new.now_ms)?;
        let _changing = self.catalog.changing();
        {
            let tables = self.catalog.read();
            if tables.contains_key(request.table.as_ref()) {
                let message = format!("Table already exists: {}", request.table);
                return Err(Error::new(ErrorKind::ResourceInUse, message));
            }
            if self.has_delay() {
                Catalog::check_changing(tables.values(), new.now_ms)?;
            }
        }
        let mut edit = Edit::new(self.new_live(new), self.catalog.kept.new_trees());
        let tree = edit.trees.make(Home::Own)?;
        make_indexes(&mut edit, tree, new)?;
        let active_ms = new.now_ms + self.options.control_plane_delay_ms;
        let (name, id) = (request.table.to_string(), uuid(&*self.random));
        let table = Table::new(name, id, new.schema.clone(), tree, (new.now_ms, active_ms), edit.live.clone());
        if let Some(StreamSpecification { enabled: true, view: Some(view) }) = request.stream {
            self.enable_stream(&table, &mut edit, view, new.now_ms)?;
        }
        let live = self.record(&table, edit)?;
        table.change().show(live);
        let table = Arc::new(table);
        self.catalog.insert(Arc::clone(&table));
        Ok(table)
    }

    fn new_live(&self, new: &NewTable<'_>) -> Live {
        let NewTable { now_ms, request, .. } = *new;
        let mode = request.billing_mode.unwrap_or_default();
        Live {
            definitions: request.definitions.iter().map(|(name, kind)| (name.to_string(), *kind)).collect(),
            billing: Billing { mode, pay_per_request_ms: (mode == BillingMode::PayPerRequest).then_some(now_ms) },
            provisioned: Provisioned::new(request.throughput.unwrap_or_default()),
            indexes: Vec::new(),
            leaving: Vec::new(),
            collections: None,
            ttl: None,
            ttl_changed_ms: None,
            stream: None,
            past_stream: None,
            settings: self.new_settings(new),
            updating_ms: 0,
        }
    }

    fn new_settings(&self, new: &NewTable<'_>) -> Settings {
        let request = new.request;
        Settings {
            deletion_protection: request.deletion_protection,
            table_class: request.table_class,
            encryption: request.encryption.as_ref().and_then(|asked| self.encryption(asked)),
            on_demand: OnDemandThroughput::default().with(request.on_demand.unwrap_or_default()),
            warm: request.warm.unwrap_or_default(),
            tags: merged_tags(&[], &request.tags),
            policy: request.policy.as_ref().map(|text| Policy { text: text.to_string(), revision: new.now_ms }),
            ..Settings::default()
        }
    }

    /// What the table says of its encryption. Nothing is encrypted here; without a key the service would use one of its
    /// own, so an identifier stands for it.
    pub(super) fn encryption(&self, asked: &EncryptionSpecification<'_>) -> Option<Encryption> {
        let key = || asked.key.as_ref().map_or_else(|| uuid(&*self.random), |key| key.to_string());
        asked.enabled.then(|| Encryption { key: key() })
    }
}

/// The indexes that a new table begins with, and where the sizes of its item collections stand.
fn make_indexes(edit: &mut Edit<'_>, base: TreeId, new: &NewTable<'_>) -> Result<()> {
    let request = new.request;
    if request.local_indexes.is_some() {
        edit.live.collections = Some(edit.trees.make(Home::With(base))?);
    }
    for (kind, indexes) in [(IndexKind::Local, &request.local_indexes), (IndexKind::Global, &request.global_indexes)] {
        for index in indexes.iter().flatten() {
            let schema = key_schema(&index.key_schema, &request.definitions)?;
            let made = new_index(&mut edit.trees, (base, &new.schema), index, kind, schema)?;
            edit.live.indexes.push(Arc::new(made));
        }
    }
    Ok(())
}

/// An empty index and its tree.
pub(super) fn new_index(
    trees: &mut NewTrees<'_>,
    (base, table): (TreeId, &KeySchema),
    index: &NewIndex<'_>,
    kind: IndexKind,
    schema: KeySchema,
) -> Result<Index> {
    let tree = trees.make(if kind == IndexKind::Local { Home::With(base) } else { Home::Own })?;
    let projected = index.projection.projected();
    let mut made = Index::new(table, index.name.to_string(), kind, schema, projected, tree);
    made.provisioned = Provisioned::new(index.throughput.unwrap_or_default());
    made.on_demand = OnDemandThroughput::default().with(index.on_demand.unwrap_or_default());
    made.warm = index.warm.unwrap_or_default();
    Ok(made)
}

/// A checked request.
struct NewTable<'r> {
    schema: KeySchema,
    now_ms: u64,
    request: &'r CreateTable<'r>,
}

impl CreateTable<'_> {
    fn mode(&self) -> BillingMode {
        self.billing_mode.unwrap_or_default()
    }

    fn check_throughput(&self) -> Result<()> {
        match (self.mode(), self.throughput) {
            (BillingMode::PayPerRequest, None) => Ok(()),
            (BillingMode::PayPerRequest, Some(_)) => Err(units_with_pay_per_request()),
            (BillingMode::Provisioned, None) => Err(Error::parameter(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
            )),
            (BillingMode::Provisioned, Some(throughput)) => check_units(throughput, None),
        }
    }

    fn check_keys(&self) -> Result<()> {
        if self.key_schema.len() > self.definitions.len() {
            return Err(Error::validation("Invalid KeySchema: Some index key attribute have no definition"));
        }
        check_keys_defined(&self.key_schema, &self.definitions)?;
        check_roles(&self.key_schema)
    }

    fn check_definitions(&self) -> Result<()> {
        check_defined_once(&self.definitions)?;
        let has_indexes = self.local_indexes.is_some() || self.global_indexes.is_some();
        if !has_indexes && self.key_schema.len() != self.definitions.len() {
            return Err(Error::parameter(
                "Number of attributes in KeySchema does not exactly match number of attributes defined in \
                 AttributeDefinitions",
            ));
        }
        Ok(())
    }

    fn check_indexes(&self) -> Result<()> {
        let mut names = Vec::new();
        for (kind, indexes) in [(IndexKind::Local, &self.local_indexes), (IndexKind::Global, &self.global_indexes)] {
            let (table_keys, definitions) = (self.key_schema.as_slice(), self.definitions.as_slice());
            let (indexes, billing_mode) = (indexes.as_deref(), self.mode());
            ProposedIndexes { kind, indexes, table_keys, definitions, billing_mode }.check(&mut names)?;
        }
        let names = |index: &NewIndex<'_>| index.projection.non_key_attributes.as_ref().map_or(0, Vec::len);
        check_projected_total(self.indexes().map(names).sum())
    }

    fn indexes(&self) -> impl Iterator<Item = &NewIndex<'_>> {
        self.local_indexes.iter().chain(&self.global_indexes).flatten()
    }

    /// With indexes, too, every attribute that is defined is a key.
    fn check_definitions_used(&self) -> Result<()> {
        let mut used: Vec<&str> = Vec::new();
        for (name, _) in self.key_schema.iter().chain(self.indexes().flat_map(|index| &index.key_schema)) {
            if !used.contains(&name.as_ref()) {
                used.push(name);
            }
        }
        if used.len() == self.definitions.len() {
            return Ok(());
        }
        Err(Error::parameter(format_args!(
            "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
            listed(self.definitions.iter().map(|(name, _)| name.as_ref())),
            listed(used.into_iter()),
        )))
    }

    fn check_stream(&self) -> Result<()> {
        match self.stream {
            Some(StreamSpecification { enabled: false, view: Some(_) }) => Err(Error::parameter(
                "Table is being created with a stream disabled, UpdateViewType should not be specified",
            )),
            Some(StreamSpecification { enabled: true, view: None }) => {
                Err(Error::parameter("Table is being created with a stream enabled, UpdateViewType is required"))
            }
            _ => Ok(()),
        }
    }

    fn check_on_demand(&self) -> Result<()> {
        check_on_demand(self.on_demand, None, self.mode(), 1)
    }

    fn check_warm(&self) -> Result<()> {
        let floor = |units: Option<Throughput>| WarmFloor::of_new(self.mode(), units);
        check_warm(self.warm, None, floor(self.throughput))?;
        self.indexes().try_for_each(|index| check_warm(index.warm, Some(&index.name), floor(index.throughput)))
    }
}

pub(super) fn units_with_pay_per_request() -> Error {
    Error::parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    )
}

/// A key goes with encryption by KMS, which is the only kind that can be asked for.
pub(super) fn check_encryption(asked: Option<&EncryptionSpecification<'_>>) -> Result<()> {
    let Some(asked) = asked else { return Ok(()) };
    Err(Error::parameter(match (asked.enabled, asked.kind, &asked.key) {
        (false, Some(_), _) => "SSEType can not be specified if Enabled is false",
        (false, None, Some(_)) => "KMSMasterKeyId can not be specified if Enabled is false",
        (true, Some(SseType::Aes256), _) => "SSEType AES256 is not supported",
        (true, None, Some(_)) => "SSEType KMS is required if KMSMasterKeyId is specified",
        _ => return Ok(()),
    }))
}

/// A policy has at most 20 KB, white space included.
pub(super) fn check_policy(text: &str) -> Result<()> {
    if text.len() <= POLICY_BYTES_MAX {
        return Ok(());
    }
    Err(Error::parameter(format_args!("Maximum policy size of {POLICY_BYTES_MAX} bytes exceeded")))
}
