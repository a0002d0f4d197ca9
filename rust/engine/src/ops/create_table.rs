//! CreateTable.

use std::borrow::Cow;

use crate::catalog::{BillingMode, KeyRole, TableClass, Throughput};
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
