//! Capacity units: what reads and writes cost, and how that is reported.

use crate::catalog::Table;
use crate::limits::{READ_UNIT_BYTES, WRITE_UNIT_BYTES};
use crate::ops::ReturnConsumedCapacity;

/// Capacity in half units, so that sums stay exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HalfUnits(pub u64);

impl HalfUnits {
    /// A read of `bytes`: one unit per 4 KB started, half of it when eventually consistent; at least one block.
    pub fn of_read(bytes: usize, consistent: bool) -> Self {
        let blocks = bytes.div_ceil(READ_UNIT_BYTES).max(1) as u64;
        Self(if consistent { 2 * blocks } else { blocks })
    }

    /// A write whose larger image has `bytes`: one unit per 1 KB started, at least one.
    pub fn of_write(bytes: usize) -> Self {
        Self(2 * bytes.div_ceil(WRITE_UNIT_BYTES).max(1) as u64)
    }

    /// Capacity units.
    pub fn units(self) -> f64 {
        self.0 as f64 / 2.0
    }

    /// As part of a transaction: twice.
    #[must_use]
    pub fn in_transaction(self) -> Self {
        Self(2 * self.0)
    }
}

impl std::ops::AddAssign for HalfUnits {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// What kind of units a transaction reports beside the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// `ReadCapacityUnits`.
    Read,
    /// `WriteCapacityUnits`.
    Write,
}

/// Units of an index, by its name.
pub type IndexUnits = Vec<(String, HalfUnits)>;

/// `ConsumedCapacity` of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumedCapacity {
    /// Name of the table.
    pub table_name: String,
    /// The sum.
    pub total: HalfUnits,
    /// The table's own part; reported with `INDEXES`.
    pub table: Option<HalfUnits>,
    /// `LocalSecondaryIndexes`: those that were touched.
    pub local_indexes: IndexUnits,
    /// `GlobalSecondaryIndexes`: those that were touched.
    pub global_indexes: IndexUnits,
    /// In transactions, the kind of the units, which is reported beside each number.
    pub kind: Option<UnitKind>,
}

/// Units spent on a table and its indexes, while they are being counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    pub(crate) table: HalfUnits,
    pub(crate) local_indexes: IndexUnits,
    pub(crate) global_indexes: IndexUnits,
}

impl Spent {
    /// Units spent on a table alone.
    pub(crate) fn on_table(units: HalfUnits) -> Self {
        Self { table: units, ..Self::default() }
    }

    /// Adds units of an index.
    pub(crate) fn add_index(&mut self, name: &str, is_global: bool, units: HalfUnits) {
        let indexes = if is_global { &mut self.global_indexes } else { &mut self.local_indexes };
        match indexes.iter_mut().find(|(other, _)| other == name) {
            Some((_, sum)) => *sum += units,
            None => indexes.push((name.to_owned(), units)),
        }
    }

    /// Adds what was spent elsewhere on the same table.
    pub(crate) fn add(&mut self, other: &Self) {
        self.table += other.table;
        other.local_indexes.iter().for_each(|(name, units)| self.add_index(name, false, *units));
        other.global_indexes.iter().for_each(|(name, units)| self.add_index(name, true, *units));
    }

    /// As part of a transaction: the table's part counts twice, those of its indexes as ever (captured on AWS).
    #[must_use]
    pub(crate) fn in_transaction(self) -> Self {
        Self { table: self.table.in_transaction(), ..self }
    }

    /// The sum.
    pub(crate) fn total(&self) -> HalfUnits {
        let indexes = self.local_indexes.iter().chain(&self.global_indexes);
        HalfUnits(self.table.0 + indexes.map(|(_, units)| units.0).sum::<u64>())
    }

    /// The report, or nothing when none was asked for.
    pub(crate) fn report(self, asked: ReturnConsumedCapacity, table_name: &str) -> Option<ConsumedCapacity> {
        let total = self.total();
        let report = ConsumedCapacity {
            table_name: table_name.to_owned(),
            total,
            table: None,
            local_indexes: Vec::new(),
            global_indexes: Vec::new(),
            kind: None,
        };
        match asked {
            ReturnConsumedCapacity::None => None,
            ReturnConsumedCapacity::Total => Some(report),
            ReturnConsumedCapacity::Indexes => {
                let Self { table, local_indexes, global_indexes } = self;
                Some(ConsumedCapacity { table: Some(table), local_indexes, global_indexes, ..report })
            }
        }
    }
}

impl ConsumedCapacity {
    /// The report of units spent on a table alone, or nothing when none was asked for.
    pub(crate) fn of_table(asked: ReturnConsumedCapacity, table_name: &str, units: HalfUnits) -> Option<Self> {
        if asked == ReturnConsumedCapacity::None { None } else { Spent::on_table(units).report(asked, table_name) }
    }
}

/// The reports of an operation on several tables, one a table, in the order in which it first names them.
pub(crate) fn report_by_table<'t>(
    asked: ReturnConsumedCapacity,
    kind: UnitKind,
    spent: impl Iterator<Item = (&'t Table, Spent)>,
) -> Option<Vec<ConsumedCapacity>> {
    if asked == ReturnConsumedCapacity::None {
        return None;
    }
    let mut tables: Vec<(&Table, Spent)> = Vec::new();
    for (table, spent) in spent {
        match tables.iter_mut().find(|(other, _)| other.tree == table.tree) {
            Some((_, sum)) => sum.add(&spent),
            None => tables.push((table, spent)),
        }
    }
    let report = |(table, spent): (&Table, Spent)| {
        let report = spent.report(asked, table.name())?;
        Some(ConsumedCapacity { kind: Some(kind), ..report })
    };
    Some(tables.into_iter().filter_map(report).collect())
}
