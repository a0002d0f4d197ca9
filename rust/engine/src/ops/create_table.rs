//! CreateTable.

use std::borrow::Cow;
use std::sync::Arc;

use statordb_store::{Home, TreeId};

use super::Caller;
use crate::Engine;
use crate::catalog::{
    BillingMode, Index, IndexKind, KeyRole, Live, Projected, Table, TableClass, TableDescription, TableStatus,
    Throughput,
};
use crate::clock::uuid;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyAttribute, KeySchema};
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
    /// `TableClass`.
    pub table_class: Option<TableClass>,
    /// `DeletionProtectionEnabled`.
    pub deletion_protection: bool,
    /// `LocalSecondaryIndexes`.
    pub local_indexes: Vec<NewIndex<'a>>,
    /// `GlobalSecondaryIndexes`.
    pub global_indexes: Vec<NewIndex<'a>>,
}

/// The most provisioned units that AWS takes.
const THROUGHPUT_MAX: u64 = 1_000_000_000_000;

impl Engine {
    /// Makes a table. It is answered as being created and can be used at once.
    ///
    /// # Errors
    /// ValidationException for a request that contradicts itself, ResourceInUseException for a name in use.
    pub fn create_table(&self, caller: &Caller<'_>, request: CreateTable<'_>) -> Result<TableDescription> {
        let throughput = request.check_throughput()?;
        let schema = request.check_schema()?;
        let new = NewTable { schema, throughput, request: &request };
        let table = self.add_table(&new)?;
        Ok(table.describe(caller, TableStatus::Creating))
    }

    fn add_table(&self, new: &NewTable<'_>) -> Result<Arc<Table>> {
        let request = new.request;
        let mut tables = self.catalog.write();
        if tables.contains_key(request.table.as_ref()) {
            let message = format!("Table already exists: {}", request.table);
            return Err(Error::new(ErrorKind::ResourceInUse, message));
        }
        let tree = self.catalog.next_tree();
        self.store.create(tree, Home::Own)?;
        let collections = match request.local_indexes.is_empty() {
            true => None,
            false => Some(self.catalog.next_tree()),
        };
        collections.map_or(Ok(()), |sizes| self.store.create(sizes, Home::With(tree)))?;
        let mut indexes = Vec::new();
        for index in &request.local_indexes {
            indexes.push(self.new_index(new, tree, index, IndexKind::Local)?);
        }
        for index in &request.global_indexes {
            indexes.push(self.new_index(new, tree, index, IndexKind::Global)?);
        }
        let created_ms = self.clock.now_ms();
        let active_ms = created_ms + self.options.control_plane_delay_ms;
        let live = Live {
            definitions: request.definitions.iter().map(|(name, kind)| (name.to_string(), *kind)).collect(),
            billing_mode: request.billing_mode.unwrap_or_default(),
            throughput: new.throughput,
            table_class: request.table_class,
            deletion_protection: request.deletion_protection,
            indexes,
            collections,
            ttl: None,
            updating_ms: 0,
        };
        let (name, id) = (request.table.to_string(), uuid(&*self.random));
        let table = Arc::new(Table::new(name, id, new.schema.clone(), tree, (created_ms, active_ms), live));
        tables.insert(table.name().to_owned(), Arc::clone(&table));
        Ok(table)
    }

    fn new_index(&self, new: &NewTable<'_>, base: TreeId, index: &NewIndex<'_>, kind: IndexKind) -> Result<Arc<Index>> {
        let tree = self.catalog.next_tree();
        self.store.create(tree, if kind == IndexKind::Local { Home::With(base) } else { Home::Own })?;
        let schema = new.request.index_schema(index)?;
        let mut made = Index::new(&new.schema, index.name.to_string(), kind, schema, index.projected.clone(), tree);
        made.throughput = index.throughput.unwrap_or_default();
        Ok(Arc::new(made))
    }
}

/// A checked request.
struct NewTable<'r> {
    schema: KeySchema,
    throughput: Throughput,
    request: &'r CreateTable<'r>,
}

/// One element of `LocalSecondaryIndexes` or `GlobalSecondaryIndexes`.
#[derive(Clone, Debug)]
pub struct NewIndex<'a> {
    /// `IndexName`.
    pub name: Cow<'a, str>,
    /// `KeySchema`, in document order.
    pub key_schema: Vec<(Cow<'a, str>, KeyRole)>,
    /// `Projection`.
    pub projected: Projected,
    /// `ProvisionedThroughput`; of GSIs alone.
    pub throughput: Option<Throughput>,
}

impl CreateTable<'_> {
    fn check_throughput(&self) -> Result<Throughput> {
        match (self.billing_mode.unwrap_or_default(), self.throughput) {
            (BillingMode::PayPerRequest, None) => Ok(Throughput::default()),
            (BillingMode::PayPerRequest, Some(_)) => Err(Error::parameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
            )),
            (BillingMode::Provisioned, None) => Err(Error::parameter(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
            )),
            (BillingMode::Provisioned, Some(throughput)) => {
                check_bounds("ReadCapacityUnits", throughput.read_units)?;
                check_bounds("WriteCapacityUnits", throughput.write_units)?;
                Ok(throughput)
            }
        }
    }

    /// The checks of a key schema in AWS's order.
    fn check_schema(&self) -> Result<KeySchema> {
        if self.key_schema.len() > self.definitions.len() {
            return Err(Error::validation("Invalid KeySchema: Some index key attribute have no definition"));
        }
        self.check_keys_defined()?;
        let mut keys = self.key_schema.iter();
        let (first, second) = (keys.next(), keys.next());
        if let (Some((first, _)), Some((second, _))) = (first, second)
            && first == second
        {
            return Err(Error::validation(
                "Both the Hash Key and the Range Key element in the KeySchema have the same name",
            ));
        }
        let Some((hash, KeyRole::Hash)) = first else {
            return Err(Error::validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
        };
        if second.is_some_and(|(_, role)| *role != KeyRole::Range) {
            return Err(Error::validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"));
        }
        self.check_definitions_used()?;
        let range = second.map(|(name, _)| self.key_attribute(name)).transpose()?;
        Ok(KeySchema::new([self.key_attribute(hash)?], range))
    }

    fn kind_of(&self, name: &str) -> Option<Kind> {
        self.definitions.iter().find(|(defined, _)| defined == name).map(|(_, kind)| *kind)
    }

    fn key_attribute(&self, name: &str) -> Result<KeyAttribute> {
        let kind = self.kind_of(name).ok_or_else(|| Error::internal("a key attribute lost its definition"))?;
        Ok(KeyAttribute { name: name.to_owned(), kind })
    }

    fn check_keys_defined(&self) -> Result<()> {
        if self.key_schema.iter().all(|(name, _)| self.kind_of(name).is_some()) {
            return Ok(());
        }
        let list = |names: Vec<&str>| names.join(", ");
        Err(Error::parameter(format_args!(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]",
            list(self.key_schema.iter().map(|(name, _)| name.as_ref()).collect()),
            list(self.definitions.iter().map(|(name, _)| name.as_ref()).collect()),
        )))
    }

    fn index_schema(&self, index: &NewIndex<'_>) -> Result<KeySchema> {
        let of = |role: KeyRole| {
            let names = index.key_schema.iter().filter(move |(_, other)| *other == role);
            names.map(|(name, _)| self.key_attribute(name)).collect::<Result<Vec<_>>>()
        };
        Ok(KeySchema::new(of(KeyRole::Hash)?, of(KeyRole::Range)?))
    }

    fn check_definitions_used(&self) -> Result<()> {
        for (place, (name, _)) in self.definitions.iter().enumerate() {
            if self.definitions.iter().take(place).any(|(earlier, _)| earlier == name) {
                return Err(Error::parameter(format_args!("Duplicate AttributeName in AttributeDefinitions: {name}")));
            }
        }
        let has_indexes = !self.local_indexes.is_empty() || !self.global_indexes.is_empty();
        if !has_indexes && self.key_schema.len() != self.definitions.len() {
            return Err(Error::parameter(
                "Number of attributes in KeySchema does not exactly match number of attributes defined in \
                 AttributeDefinitions",
            ));
        }
        Ok(())
    }
}

fn check_bounds(member: &str, units: u64) -> Result<()> {
    if units <= THROUGHPUT_MAX {
        return Ok(());
    }
    Err(Error::validation(format!("Given value {units} for {member} is out of bounds")))
}
