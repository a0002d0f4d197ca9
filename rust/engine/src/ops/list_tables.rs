//! ListTables: names in order, by pages.

use std::borrow::Cow;

/// The request.
#[derive(Debug, Default)]
pub struct ListTables<'a> {
    /// `ExclusiveStartTableName`; need not exist.
    pub exclusive_start: Option<Cow<'a, str>>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableNames {
    /// `TableNames`.
    pub names: Vec<String>,
    /// `LastEvaluatedTableName`.
    pub last_evaluated: Option<String>,
}
