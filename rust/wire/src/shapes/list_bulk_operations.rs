//! ListBulkOperations. What it asks for does not matter, since there is nothing to list; it is checked all the same.

use super::member;
use crate::shape::{Member, Shape, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "ListBulkOperationsInput",
    &[Member::optional("MaxResults", &Shape::Integer(1, 25)), member::NEXT_TOKEN],
);
