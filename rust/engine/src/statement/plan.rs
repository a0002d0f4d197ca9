//! Statements that were planned, by their text.

use std::fmt;
use std::sync::{Arc, OnceLock};

use statordb_store::TreeId;

use super::outline::{Outline, Planner, SourceKeys};
use crate::Engine;
use crate::catalog::{Index, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::expr::{Condition, ExpressionKind, Projection, Texts, Update};
use crate::key::KeySchema;
use crate::limits::STATEMENT_CHARS_MAX;

/// A statement that was planned: its outline, with its expressions parsed.
pub(crate) struct Plan {
    pub(crate) outline: Outline,
    pub(crate) condition: Option<Condition>,
    pub(crate) update: Option<Update>,
    pub(crate) projection: Option<Projection>,
    /// `#n0` and so on.
    pub(super) name_keys: Vec<String>,
    /// `:v0` and so on.
    pub(super) value_keys: Vec<String>,
    /// The table and the index that it was made for.
    tree: TreeId,
    index: Option<TreeId>,
}

/// The planner of an engine, and what it has planned.
#[derive(Default)]
pub(crate) struct Statements {
    planner: OnceLock<Arc<dyn Planner>>,
    plans: Texts<Plan>,
}

impl fmt::Debug for Statements {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Statements").finish_non_exhaustive()
    }
}

impl Plan {
    fn compile(outline: Outline, (tree, index): (TreeId, Option<TreeId>)) -> Result<Self> {
        let condition = outline.condition.as_deref();
        let condition = condition.map(|text| Condition::parse(ExpressionKind::Statement, text)).transpose()?;
        let update = outline.update.as_deref().map(Update::parse_statement).transpose()?;
        let projected = outline.projected.as_ref().map(|projected| projected.expression.as_str());
        let projection = projected.map(Projection::parse_statement).transpose()?;
        let name_keys = (0..outline.names.len()).map(|place| format!("#n{place}")).collect();
        let value_keys = (0..outline.values.len()).map(|place| format!(":v{place}")).collect();
        Ok(Self { outline, condition, update, projection, name_keys, value_keys, tree, index })
    }
}

impl Engine {
    /// Gives the engine what understands statements; the first one stays.
    pub fn set_planner(&self, planner: Arc<dyn Planner>) {
        let _ = self.statements.planner.set(planner);
    }

    /// The plan of a statement, and the table that it was made for.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException.
    pub(crate) fn plan(&self, statement: &str) -> Result<(Arc<Plan>, Arc<Table>)> {
        loop {
            let plan =
                self.statements.plans.get_if(statement, |plan| self.is_current(plan), |text| self.make_plan(text))?;
            let table = self.table(&plan.outline.table)?;
            // Another table may have the name by now, with other keys.
            if trees_of(&table, plan.outline.index.as_deref()) == (plan.tree, plan.index) {
                return Ok((plan, table));
            }
        }
    }

    /// The keys of a table, and of one of its indexes, as a planner sees them.
    ///
    /// # Errors
    /// ResourceNotFoundException, ValidationException for an index that is not there.
    pub fn source_keys(&self, table: &str, index: Option<&str>) -> Result<SourceKeys> {
        let table = self.table(table)?;
        let live = table.live();
        let index = index.map(|name| live.index(name).ok_or_else(|| Error::index_not_found(name))).transpose()?;
        let (hash, range) = names_of(table.schema());
        Ok(SourceKeys { hash, range, index: index.map(|index| names_of(&index.schema)) })
    }

    fn make_plan(&self, text: &str) -> Result<Plan> {
        check_length(text)?;
        let Some(planner) = self.statements.planner.get() else {
            return Err(Error::new(ErrorKind::Validation, "this engine has no planner of statements"));
        };
        let outline = planner.outline(text, &|table, index| self.source_keys(table, index))?;
        let table = self.table(&outline.table)?;
        let trees = trees_of(&table, outline.index.as_deref());
        Plan::compile(outline, trees)
    }

    /// Whether the names of a plan still mean what they meant.
    fn is_current(&self, plan: &Plan) -> bool {
        let found = self.catalog.find(&plan.outline.table);
        found.is_ok_and(|table| trees_of(&table, plan.outline.index.as_deref()) == (plan.tree, plan.index))
    }
}

/// The wire refuses a text that is too long before this; an embedded caller has no wire.
fn check_length(text: &str) -> Result<()> {
    if text.encode_utf16().count() <= STATEMENT_CHARS_MAX {
        return Ok(());
    }
    Err(Error::validation(format!(
        "1 validation error detected: Value '{text}' at 'statement' failed to satisfy constraint: Member must have length \
         less than or equal to {STATEMENT_CHARS_MAX}"
    )))
}

impl Plan {
    /// Refuses an index that has taken the place of the one that the plan was made for.
    ///
    /// # Errors
    /// ValidationException.
    pub(crate) fn check_index(&self, index: Option<&Index>) -> Result<()> {
        match index {
            Some(index) if Some(index.tree) != self.index => Err(Error::index_not_found(&index.name)),
            _ => Ok(()),
        }
    }
}

fn trees_of(table: &Table, index: Option<&str>) -> (TreeId, Option<TreeId>) {
    (table.tree, index.and_then(|name| table.live().index(name).map(|index| index.tree)))
}

fn names_of(schema: &KeySchema) -> (Vec<String>, Vec<String>) {
    let names = |attributes: &[crate::key::KeyAttribute]| attributes.iter().map(|each| each.name.clone()).collect();
    (names(schema.hash()), names(schema.range()))
}
