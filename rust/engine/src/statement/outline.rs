//! What a planner says of a statement.

use super::Template;
use crate::error::Result;
use crate::expr::KeyOperator;
use crate::ops::ReturnValues;

/// Understands statements.
pub trait Planner: Send + Sync {
    /// What a statement comes to. `keys` tells of a table, by name or ARN, and of the index that is named with it.
    ///
    /// # Errors
    /// ValidationException for a text that is not a statement of DynamoDB's PartiQL, and what `keys` fails with.
    fn outline(&self, statement: &str, keys: &dyn Fn(&str, Option<&str>) -> Result<SourceKeys>) -> Result<Outline>;
}

/// The keys of what a statement names, by the names of their attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceKeys {
    /// The partition key of the table.
    pub hash: Vec<String>,
    /// Its sort key.
    pub range: Vec<String>,
    /// Partition key and sort key of the index, where one is named.
    pub index: Option<(Vec<String>, Vec<String>)>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// Reads.
    Select,
    /// Puts an item that is not there.
    Insert,
    /// Changes an item that is there.
    Update,
    /// Removes an item.
    Delete,
    /// Refuses a transaction in which an item is not as it should be.
    Exists,
}

/// One condition on a sort key; operands are values by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortCondition {
    /// What is asked of it.
    pub operator: KeyOperator,
    /// The operand, or the lower bound.
    pub operand: usize,
    /// The upper bound of BETWEEN.
    pub upper: Option<usize>,
}

/// Which items a statement is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// The item that it brings, a map.
    Item(Template),
    /// One item: the values of its key attributes, partition key first.
    Key(Vec<usize>),
    /// Items of some partition keys.
    Partitions {
        /// Of each of them the values of its attributes.
        hash: Vec<Vec<usize>>,
        /// What the first attributes of the sort key equal.
        equal: Vec<usize>,
        /// What is asked of the next one, all of it.
        sort: Vec<SortCondition>,
        /// Whether partition keys are read in the order of their values, and whether that ascends.
        order: Option<bool>,
        /// Whether sort keys ascend.
        forward: bool,
    },
    /// Everything.
    Scan,
}

/// What a SELECT returns of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projected {
    /// Document paths, as in a ProjectionExpression.
    pub expression: String,
    /// What each of them is called in the answer.
    pub names: Vec<String>,
}

/// What a statement comes to. Expressions name attributes `#n0`, `#n1` and so on, and values `:v0`, `:v1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// What it does.
    pub kind: StatementKind,
    /// Name or ARN of the table.
    pub table: String,
    /// Name of the index.
    pub index: Option<String>,
    /// How many parameters it has.
    pub parameters: usize,
    /// The attributes that its expressions name.
    pub names: Vec<String>,
    /// The values that its expressions and keys use.
    pub values: Vec<Template>,
    /// Values that have to be sets, with what is said when they are not.
    pub sets: Vec<(usize, String)>,
    /// Values that have to be equal, with what is said when they are not.
    pub equals: Vec<(usize, usize, String)>,
    /// Which items it is about.
    pub access: Access,
    /// The filter of a read, or the condition of a write.
    pub condition: Option<String>,
    /// The update expression of an UPDATE.
    pub update: Option<String>,
    /// What a SELECT returns; everything when absent.
    pub projected: Option<Projected>,
    /// What an UPDATE or a DELETE returns.
    pub returning: ReturnValues,
    /// Whether a WHERE has more than the key: EXISTS needs that.
    pub has_condition: bool,
}
