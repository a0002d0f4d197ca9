//! What Query and Scan share: filters, projections, `Select`, starting keys, the page they answer.

use std::borrow::Cow;

use super::{Page, ReturnConsumedCapacity, Select, Supplied};
use crate::capacity::{ConsumedCapacity, HalfUnits};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{self, BoundProjection, Substitutions, Usage, compare};
use crate::key::KeySchema;
use crate::read::Walked;
use crate::value::{Item, ValueRef};

/// A bound projection, and which parameter it came from.
pub(super) struct Projected<'a> {
    pub(super) bound: Option<BoundProjection<'a>>,
    parameter: &'static str,
}

impl<'a> Projected<'a> {
    pub(super) fn bind(
        parsed: Option<&'a expr::Projection>,
        legacy: Option<&'a [Cow<'_, str>]>,
        substitutions: &'a Substitutions<'_>,
        usage: &mut Usage,
    ) -> Result<Self> {
        let Some(parsed) = parsed else {
            let bound = legacy.map(|names| BoundProjection::top_level(names.iter().map(AsRef::as_ref)));
            return Ok(Self { bound, parameter: "AttributesToGet" });
        };
        Ok(Self { bound: Some(parsed.bind(substitutions, usage)?), parameter: "ProjectionExpression" })
    }

    pub(super) fn check_paths(&self, schema: &KeySchema) -> Result<()> {
        self.bound.as_ref().map_or(Ok(()), |bound| schema.check_paths(bound.paths()))
    }
}

/// No table has an index in this version, so none has the one that is asked for.
pub(super) fn check_index(index: Option<&str>) -> Result<()> {
    match index {
        None => Ok(()),
        Some(index) => Err(Error::validation(format!("The table does not have the specified index: {index}"))),
    }
}

/// What `Select` comes to. Two of its texts stand in an envelope on Query alone (captured on AWS in 2026).
pub(super) fn check_select(select: Option<Select>, projection: &Projected<'_>, is_query: bool) -> Result<Select> {
    let enveloped = |message: &'static str| {
        let error = Error::request(message);
        Err(if is_query { error.in_envelope() } else { error })
    };
    let projected = projection.bound.is_some();
    let refuse = |choice: &str| {
        Err(Error::validation(format!("Cannot specify the {} when choosing to get {choice}", projection.parameter)))
    };
    match select {
        None if projected => Ok(Select::SpecificAttributes),
        None => Ok(Select::AllAttributes),
        Some(Select::AllProjectedAttributes) => {
            enveloped("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
        }
        Some(Select::SpecificAttributes) if !projected => enveloped(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        Some(Select::AllAttributes) if projected => refuse("ALL_ATTRIBUTES"),
        Some(Select::Count) if projected => refuse("only the Count"),
        Some(select) => Ok(select),
    }
}

/// An `ExclusiveStartKey` whose values are values.
pub(super) struct StartKey<'a> {
    item: &'a Item,
}

/// Reports what is wrong with a value of a starting key, as AWS words it there.
pub(super) fn start_key(key: &Supplied<Item>) -> Result<StartKey<'_>> {
    match key {
        Ok(item) => Ok(StartKey { item }),
        Err(error) if error.is_bare_in_start_key() => Err(Error::validation(error.message())),
        Err(error) => Err(invalid(&error.message())),
    }
}

fn invalid(rest: &str) -> Error {
    let separator = if rest.is_empty() { "" } else { ": " };
    Error::validation(format!("The provided starting key is invalid{separator}{rest}"))
}

const DOES_NOT_MATCH: &str = "The provided key element does not match the schema";

impl StartKey<'_> {
    /// Checks that exactly the key attributes are there.
    pub(super) fn check_shape(&self, schema: &KeySchema, is_scan: bool) -> Result<()> {
        let view = self.item.view();
        let complete = schema.attributes().all(|attribute| view.get(&attribute.name).is_some());
        if complete && view.len() == schema.attributes().count() {
            return Ok(());
        }
        Err(invalid(if is_scan { DOES_NOT_MATCH } else { "" }))
    }

    /// The tree key; its types and sizes are checked.
    pub(super) fn encode(&self, schema: &KeySchema, is_scan: bool) -> Result<Vec<u8>> {
        let wrong_type = |error: Error| {
            if is_scan && error.message() == DOES_NOT_MATCH { invalid(DOES_NOT_MATCH) } else { error }
        };
        schema.encode_key(self.item.view()).map_err(wrong_type)
    }

    pub(super) fn value(&self, name: &str) -> Option<ValueRef<'_>> {
        self.item.view().get(name)
    }

    /// The key as AWS prints it: `{a=AttributeValue: {S:x}}`.
    pub(super) fn describe(&self) -> String {
        let parts =
            self.item.view().iter().map(|(name, value)| format!("{name}=AttributeValue: {}", compare::print(value)));
        format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
    }
}

impl Walked {
    pub(super) fn into_page(
        self,
        table: &Table,
        asked: ReturnConsumedCapacity,
        consistent: bool,
        has_rows: bool,
    ) -> Page {
        Page {
            count: self.count,
            scanned_count: self.scanned_count,
            capacity: ConsumedCapacity::of_table(asked, table.name(), HalfUnits::of_read(self.bytes, consistent)),
            last_evaluated_key: self.last_key,
            has_rows,
        }
    }
}
