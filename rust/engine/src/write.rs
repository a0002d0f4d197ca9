//! The one door of every write: old image, condition, new image, commit.
//!
//! PutItem, UpdateItem, DeleteItem and BatchWriteItem differ in how they come to a [`Write`]; what a write does to a table
//! is said here alone. Index edits and stream records belong into [`Engine::apply`] too, in the same transaction.

use statordb_store::{Durability, StoreError, TreeId, Txn, Verdict};

use crate::Engine;
use crate::capacity::HalfUnits;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{self, BoundCondition, BoundUpdate, Substitutions, Usage};
use crate::legacy::{AttributeChanges, Conditions};
use crate::limits::ITEM_BYTES_MAX;
use crate::value::{Item, ItemRef};

/// One write to one item.
pub(crate) struct Write<'a> {
    pub(crate) table: &'a Table,
    /// The bytes under which the item stands.
    pub(crate) key: Vec<u8>,
    pub(crate) action: Action<'a>,
    pub(crate) condition: Condition<'a>,
    /// Whether a failed condition gives the item with its error.
    pub(crate) return_old_on_failure: bool,
}

/// What a write does.
pub(crate) enum Action<'a> {
    Put(Item),
    Update(Change<'a>),
    Delete,
}

/// The change of an UpdateItem, with the key attributes that a new item starts from.
pub(crate) struct Change<'a> {
    pub(crate) key: Item,
    pub(crate) update: Update<'a>,
}

/// Where an update comes from.
pub(crate) enum Update<'a> {
    /// Neither parameter was given: the item is made if it is not there.
    Nothing,
    Expression(BoundUpdate<'a>),
    Legacy(AttributeChanges<'a>),
}

impl Update<'_> {
    fn apply(&self, base: ItemRef<'_>, exists: bool) -> Result<Option<Item>> {
        match self {
            Self::Nothing => Ok(Some(base.to_item())),
            Self::Expression(update) => update.apply(base, exists),
            Self::Legacy(changes) => changes.apply(base, exists),
        }
    }
}

/// Where a condition comes from.
pub(crate) enum Condition<'a> {
    None,
    Expression(BoundCondition<'a>),
    Legacy(Conditions<'a>),
}

impl<'a> Condition<'a> {
    /// Binds the expression of a request, or takes its legacy parameters; a request has at most one of them.
    pub(crate) fn bind(
        parsed: Option<&'a expr::Condition>,
        legacy: Option<Conditions<'a>>,
        substitutions: &'a Substitutions<'_>,
        usage: &mut Usage,
    ) -> Result<Self> {
        Ok(match (parsed, legacy) {
            (Some(parsed), _) => Self::Expression(parsed.bind(substitutions, usage)?),
            (None, Some(legacy)) => Self::Legacy(legacy),
            (None, None) => Self::None,
        })
    }

    /// What looking at one item costs, in comparisons, as far as the request can choose it.
    pub(crate) fn comparisons(&self) -> usize {
        match self {
            Self::None | Self::Expression(_) => 1,
            Self::Legacy(conditions) => conditions.comparisons(),
        }
    }

    /// Whether the item passes.
    pub(crate) fn matches(&self, item: ItemRef<'_>) -> bool {
        match self {
            Self::None => true,
            Self::Expression(condition) => condition.matches(item),
            Self::Legacy(conditions) => conditions.matches(item),
        }
    }
}

/// What a write did.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) old: Option<Item>,
    pub(crate) new: Option<Item>,
}

impl Applied {
    fn size(item: Option<&Item>) -> Option<usize> {
        item.map(|item| item.view().size())
    }

    /// What the write costs: its larger image.
    pub(crate) fn capacity(&self) -> HalfUnits {
        let (old, new) = (Self::size(self.old.as_ref()), Self::size(self.new.as_ref()));
        HalfUnits::of_write(old.max(new).unwrap_or(0))
    }
}

impl Engine {
    /// Applies `writes`, all or none, and comes back when they are durable. Their items must be different ones.
    pub(crate) fn apply(&self, writes: &[Write<'_>]) -> Result<Vec<Applied>> {
        let keys: Vec<(TreeId, &[u8])> = writes.iter().map(|write| (write.table.tree, write.key.as_slice())).collect();
        let mut outcome = Ok(Vec::new());
        let mut body = |txn: &mut dyn Txn| {
            outcome = writes.iter().map(|write| write.plan(txn)).collect();
            if outcome.is_ok() { Verdict::Commit } else { Verdict::Abort }
        };
        let committed = self.store.transact(&keys, Durability::Full, &mut body).map_err(store_error)?;
        let applied = outcome?;
        if let Some(commit) = committed {
            self.store.wait_durable(commit)?;
        }
        for (write, applied) in writes.iter().zip(&applied) {
            let (old, new) = (Applied::size(applied.old.as_ref()), Applied::size(applied.new.as_ref()));
            write.table.contents.change(old, new);
        }
        Ok(applied)
    }

    /// Applies a single write.
    pub(crate) fn apply_one(&self, write: &Write<'_>) -> Result<Applied> {
        let applied = self.apply(std::slice::from_ref(write))?;
        applied.into_iter().next().ok_or_else(|| Error::internal("a write had no outcome"))
    }

    /// The item under a key, as it is now.
    pub(crate) fn read_item(&self, table: &Table, key: &[u8]) -> Result<Option<Item>> {
        stored_item(self.store.get(table.tree, key).map_err(store_error)?)
    }
}

/// A table can be dropped between its look-up and the store's.
pub(crate) fn store_error(error: StoreError) -> Error {
    match error {
        StoreError::NoSuchTree(_) => Error::table_not_found(),
        other => other.into(),
    }
}

fn stored_item(bytes: Option<statordb_store::Bytes>) -> Result<Option<Item>> {
    let item = |bytes| Item::from_bytes(bytes).ok_or_else(|| Error::internal("a stored item cannot be read"));
    bytes.map(item).transpose()
}

impl Write<'_> {
    /// Decides on the old image and hands the new one to the transaction.
    fn plan(&self, txn: &mut dyn Txn) -> Result<Applied> {
        let tree = self.table.tree;
        let old = stored_item(txn.get(tree, &self.key).map_err(store_error)?)?;
        self.check_condition(old.as_ref())?;
        let new = self.new_image(old.as_ref())?;
        match &new {
            Some(new) if old.as_ref() != Some(new) => txn.put(tree, &self.key, new.bytes().clone()),
            None if old.is_some() => txn.delete(tree, &self.key),
            _ => {}
        }
        Ok(Applied { old, new })
    }

    fn check_condition(&self, old: Option<&Item>) -> Result<()> {
        if matches!(self.condition, Condition::None) {
            return Ok(());
        }
        let missing;
        let item = match old {
            Some(item) => item,
            None => {
                missing = Item::empty();
                &missing
            }
        };
        if self.condition.matches(item.view()) {
            return Ok(());
        }
        let shown = if self.return_old_on_failure { old.cloned() } else { None };
        Err(Error::conditional_check_failed(shown))
    }

    fn new_image(&self, old: Option<&Item>) -> Result<Option<Item>> {
        match &self.action {
            Action::Put(item) => Ok(Some(item.clone())),
            Action::Delete => Ok(None),
            Action::Update(change) => {
                let base = old.unwrap_or(&change.key);
                let new = change.update.apply(base.view(), old.is_some())?;
                if new.as_ref().is_some_and(|new| new.view().size() > ITEM_BYTES_MAX) {
                    return Err(Error::validation("Item size to update has exceeded the maximum allowed size"));
                }
                Ok(new)
            }
        }
    }
}
