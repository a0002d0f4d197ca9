//! ListGlobalTables. What it asks for does not matter, since there is nothing to list; it is checked all the same.

use super::member;
use crate::shape::{Member, Shape, Structure, TextRule};

pub(super) const SHAPE: Structure = Structure::new(
    "ListGlobalTablesInput",
    &[
        Member::optional("ExclusiveStartGlobalTableName", &Shape::Text(TextRule::NAME)),
        member::LIMIT,
        Member::optional("RegionName", &member::TEXT),
    ],
);
