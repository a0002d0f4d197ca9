//! ListImports. What it asks for does not matter, since there is nothing to list; it is checked all the same.

use crate::shape::{Member, Shape, Structure, TextRule};

pub(super) const SHAPE: Structure = Structure::new(
    "ListImportsInput",
    &[
        Member::optional("TableArn", &Shape::Table),
        Member::optional("PageSize", &Shape::Integer(1, 25)),
        Member::optional("NextToken", &Shape::Text(TextRule { min: 112, max: 1_024, is_name: false })),
    ],
);
