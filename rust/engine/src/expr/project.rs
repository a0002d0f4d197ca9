//! Which parts of an item a read returns.

use super::ExpressionKind;
use super::ast::{PathRef, Pool};
use super::parse::parse_projection;
use super::paths::{Paths, Target};
use super::substitutions::{Binder, Slot, Substitutions, Usage};
use crate::error::Result;
use crate::value::{Item, ItemRef, ItemWriter};

/// A parsed ProjectionExpression.
#[derive(Debug)]
pub struct Projection {
    pool: Pool,
}

impl Projection {
    /// Reads a text.
    ///
    /// # Errors
    /// ValidationException for a text that is empty, too long or malformed, for reserved words and for paths beyond limits.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self { pool: parse_projection(ExpressionKind::Projection, text)? })
    }

    /// Reads the list of a SELECT.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(crate) fn parse_statement(text: &str) -> Result<Self> {
        Ok(Self { pool: parse_projection(ExpressionKind::Statement, text)? })
    }

    /// Gives the placeholders their names; each path becomes an attribute by itself, named as `names` says.
    ///
    /// # Errors
    /// As [`Self::bind`].
    pub(crate) fn bind_columns<'a>(
        &'a self,
        names: &'a [String],
        subs: &'a Substitutions<'_>,
        usage: &mut Usage,
    ) -> Result<BoundProjection<'a>> {
        let bound = self.bind(subs, usage)?;
        let Form::Paths { slots, .. } = bound.form else { return Ok(bound) };
        let mut columns: Vec<(&str, u16)> = names.iter().map(String::as_str).zip(0..).collect();
        columns.sort_unstable();
        Ok(BoundProjection { form: Form::Columns(Columns { pool: &self.pool, slots, columns }) })
    }

    /// Gives the placeholders their names.
    ///
    /// # Errors
    /// ValidationException for an undefined name, and for paths that overlap or conflict.
    pub fn bind<'a>(&'a self, subs: &'a Substitutions<'_>, usage: &mut Usage) -> Result<BoundProjection<'a>> {
        let mut binder = Binder::new(&self.pool, subs, usage);
        binder.resolve_to(self.pool.slots.len())?;
        let slots = binder.into_slots();
        let paths = Paths { pool: &self.pool, slots: &slots };
        let mut targets: Vec<Target> =
            (0..self.pool.paths.len() as u16).map(|path| Target { path, action: path }).collect();
        paths.sort(&mut targets)?;
        if targets.iter().all(|target| paths.depth(*target) == 1) {
            let names = targets.iter().map(|target| self.pool.path_ref(target.path, &slots).name).collect();
            return Ok(BoundProjection { form: Form::Names(names) });
        }
        Ok(BoundProjection { form: Form::Paths { pool: &self.pool, slots, targets } })
    }
}

/// A projection that can be applied to items.
#[derive(Debug)]
pub struct BoundProjection<'a> {
    form: Form<'a>,
}

#[derive(Debug)]
enum Form<'a> {
    /// Whole attributes, ascending.
    Names(Vec<&'a str>),
    /// At least one path goes into an attribute. The targets are sorted.
    Paths { pool: &'a Pool, slots: Vec<Slot<'a>>, targets: Vec<Target> },
    /// What each path leads to, under a name of its own.
    Columns(Columns<'a>),
}

/// Paths with the names of what they lead to, ascending.
#[derive(Debug)]
pub struct Columns<'a> {
    pool: &'a Pool,
    slots: Vec<Slot<'a>>,
    columns: Vec<(&'a str, u16)>,
}

impl Columns<'_> {
    fn paths(&self) -> impl Iterator<Item = PathRef<'_>> {
        self.columns.iter().map(|(_, path)| self.pool.path_ref(*path, &self.slots))
    }

    fn project(&self, item: ItemRef<'_>) -> Item {
        let mut writer = ItemWriter::new(item.as_bytes().len());
        for (name, path) in &self.columns {
            if let Some(value) = self.pool.follow(*path, &self.slots, item) {
                writer.attribute(name, value);
            }
        }
        writer.finish()
    }
}

impl<'a> BoundProjection<'a> {
    /// The projection onto whole attributes, by their literal names, for AttributesToGet.
    pub fn top_level(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        Self { form: Form::Names(names) }
    }

    /// The part of an item that the projection asks for. Elements of lists move together, in their order.
    pub fn project(&self, item: ItemRef<'_>) -> Item {
        match &self.form {
            Form::Names(names) => project_names(item, names),
            Form::Paths { pool, slots, targets } => Paths { pool, slots }.project(item, targets),
            Form::Columns(columns) => columns.project(item),
        }
    }

    /// The paths of the projection.
    pub fn paths(&self) -> impl Iterator<Item = PathRef<'_>> {
        let (mut names, mut nested, mut columns) = (Default::default(), None, None);
        match &self.form {
            Form::Names(whole) => names = whole.as_slice(),
            Form::Paths { pool, slots, targets } => nested = Some((pool, slots, targets)),
            Form::Columns(those) => columns = Some(those),
        }
        let nested = nested
            .into_iter()
            .flat_map(|(pool, slots, targets)| targets.iter().map(move |target| pool.path_ref(target.path, slots)));
        let columns = columns.into_iter().flat_map(Columns::paths);
        names.iter().map(|name| PathRef { name, is_nested: false }).chain(nested).chain(columns)
    }
}

/// Walks the item's attributes and the names together; both ascend.
fn project_names(item: ItemRef<'_>, names: &[&str]) -> Item {
    let mut writer = ItemWriter::new(item.as_bytes().len());
    let mut names = names.iter();
    let mut wanted = names.next();
    for (name, value) in item {
        while wanted.is_some_and(|wanted| *wanted < name) {
            wanted = names.next();
        }
        let Some(first) = wanted else { break };
        if *first == name {
            writer.attribute(name, value);
        }
    }
    writer.finish()
}
