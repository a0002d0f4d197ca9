//! UpdateTimeToLive.

use std::borrow::Cow;
use std::sync::Arc;

use statordb_store::{Home, Read, TreeId};

use crate::Engine;
use crate::catalog::{Edit, Live, TableStatus, Target, TtlIndex};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::TTL_CHANGE_INTERVAL_MS;

/// The request.
#[derive(Clone, Debug)]
pub struct UpdateTimeToLive<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `TimeToLiveSpecification`.
    pub specification: TimeToLive,
}

/// `TimeToLiveSpecification`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeToLive {
    /// `Enabled`.
    pub enabled: bool,
    /// `AttributeName`.
    pub attribute: String,
}

impl Engine {
    /// Switches the expiry of a table's items on or off. AWS takes one change an hour; here that holds when changes of
    /// tables were given a time, since otherwise nothing takes any.
    ///
    /// # Errors
    /// ValidationException for a change to what already is, ResourceNotFoundException for an unknown table,
    /// ResourceInUseException for one that is being created or deleted.
    pub fn update_time_to_live(&self, request: &UpdateTimeToLive<'_>) -> Result<TimeToLive> {
        let now_ms = self.clock.now_ms();
        let table = self.listed_table(&request.table, now_ms)?;
        if table.status(now_ms) == TableStatus::Creating {
            let name = table.name();
            let message = format!("Attempt to change a resource which is still in use: Table {name} is being created");
            return Err(Error::new(ErrorKind::ResourceInUse, message));
        }
        let asked = &request.specification;
        let shaping = self.catalog.shaping();
        let (filled, dropped) = self.edit_settled(&table, now_ms, |edit| {
            check(asked, &edit.live)?;
            self.check_interval(&edit.live, now_ms)?;
            edit.live.ttl_changed_ms = Some(now_ms);
            if asked.enabled {
                return Ok((Some(self.enable_ttl(&asked.attribute, edit)?), None));
            }
            Ok((None, edit.live.ttl.take().map(|ttl| ttl.tree)))
        })?;
        dropped.map_or(Ok(()), |tree: TreeId| self.store.drop_tree(tree))?;
        drop(shaping);
        if let Some((ttl, snapshot)) = filled {
            self.backfill(&table, Target::Ttl(ttl), snapshot)?;
        }
        Ok(asked.clone())
    }

    fn check_interval(&self, live: &Live, now_ms: u64) -> Result<()> {
        let is_early = |changed_ms: u64| now_ms < changed_ms + TTL_CHANGE_INTERVAL_MS;
        if self.has_delay() && live.ttl_changed_ms.is_some_and(is_early) {
            return Err(Error::validation("Time to live has been modified multiple times within a fixed interval"));
        }
        Ok(())
    }

    /// Gives the table an empty index of what expires, which every write keeps from now on, and the items to fill it from.
    fn enable_ttl(&self, attribute: &str, edit: &mut Edit<'_>) -> Result<(Arc<TtlIndex>, Box<dyn Read>)> {
        let snapshot = self.store.snapshot()?;
        let ttl = Arc::new(TtlIndex::new(attribute.to_owned(), edit.trees.make(Home::Own)?, false));
        edit.live.ttl = Some(Arc::clone(&ttl));
        Ok((ttl, snapshot))
    }
}

fn check(asked: &TimeToLive, live: &Live) -> Result<()> {
    match &live.ttl {
        None if asked.enabled => Ok(()),
        None => Err(Error::validation("TimeToLive is already disabled")),
        Some(ttl) if ttl.attribute != asked.attribute => Err(Error::validation(format!(
            "TimeToLive is active on a different AttributeName: current AttributeName is {}",
            ttl.attribute
        ))),
        Some(_) if asked.enabled => Err(Error::validation("TimeToLive is already enabled")),
        Some(_) => Ok(()),
    }
}
