//! CreateTable.

use std::borrow::Cow;
use std::sync::Arc;

use statordb_store::Home;

use super::Caller;
use crate::Engine;
use crate::catalog::{
    BillingMode, Contents, KeyRole, Table, TableClass, TableDescription, TableSettings, TableStatus, Throughput,
};
use crate::clock::uuid;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyAttribute, KeySchema};
use crate::value::Kind;

/// The request.
#[derive(Debug)]
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
        let settings = TableSettings {
            name: request.table.into_owned(),
            schema,
            definitions: request.definitions.into_iter().map(|(name, kind)| (name.into_owned(), kind)).collect(),
            billing_mode: request.billing_mode.unwrap_or_default(),
            throughput,
            table_class: request.table_class,
            deletion_protection: request.deletion_protection,
        };
        let table = self.add_table(settings)?;
        Ok(table.describe(caller, TableStatus::Creating))
    }

    fn add_table(&self, settings: TableSettings) -> Result<Arc<Table>> {
        let mut tables = self.catalog.write();
        if tables.contains_key(&settings.name) {
            let message = format!("Table already exists: {}", settings.name);
            return Err(Error::new(ErrorKind::ResourceInUse, message));
        }
        let tree = self.catalog.next_tree();
        self.store.create(tree, Home::Own)?;
        let table = Arc::new(Table {
            settings,
            id: uuid(&*self.random),
            created_ms: self.clock.now_ms(),
            tree,
            contents: Contents::default(),
        });
        tables.insert(table.name().to_owned(), Arc::clone(&table));
        Ok(table)
    }
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
        Ok(KeySchema { hash: self.key_attribute(hash)?, range })
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

    fn check_definitions_used(&self) -> Result<()> {
        for (place, (name, _)) in self.definitions.iter().enumerate() {
            if self.definitions.iter().take(place).any(|(earlier, _)| earlier == name) {
                return Err(Error::parameter(format_args!("Duplicate AttributeName in AttributeDefinitions: {name}")));
            }
        }
        if self.key_schema.len() != self.definitions.len() {
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
