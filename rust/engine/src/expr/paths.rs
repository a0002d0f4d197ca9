//! The paths of a projection or of the targets of an update: none may lie on another, and sorted they form a tree.

use std::cmp::Ordering;

use super::ExpressionKind;
use super::ast::{Pool, Step};
use super::substitutions::Slot;
use crate::error::{Error, Result};
use crate::value::{Builder, EncodedValue, Item, ItemRef, ItemWriter, Kind, ValueRef};

/// A path and what belongs to it (the number of an action, for updates).
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) path: u16,
    pub(super) action: u16,
}

/// Paths with their placeholders resolved.
#[derive(Clone, Copy)]
pub(super) struct Paths<'a> {
    pub(super) pool: &'a Pool,
    pub(super) slots: &'a [Slot<'a>],
}

impl<'a> Paths<'a> {
    /// The step at `depth` of a target's path; nothing behind its end.
    pub(super) fn step(&self, target: Target, depth: usize) -> Option<Step<'a>> {
        self.pool.steps(target.path, self.slots).nth(depth)
    }

    /// How many steps the path has.
    pub(super) fn depth(&self, target: Target) -> usize {
        self.pool.elements_of(target.path).len()
    }

    fn order(&self, one: Target, two: Target) -> Ordering {
        self.pool.steps(one.path, self.slots).cmp(self.pool.steps(two.path, self.slots))
    }

    /// Sorts targets, and refuses paths that lie on each other or that differ in what they take a value for.
    pub(super) fn sort(&self, targets: &mut [Target]) -> Result<()> {
        if targets.len() < 2 {
            return Ok(());
        }
        targets.sort_by(|one, two| self.order(*one, *two));
        // In sorted order any two paths that meet have neighbours that meet.
        let meets = targets.windows(2).any(|pair| match pair {
            [one, two] => self.meeting(*one, *two).is_some(),
            _ => false,
        });
        if meets { Err(self.meeting_error(targets)) } else { Ok(()) }
    }

    fn meeting(&self, one: Target, two: Target) -> Option<Meeting> {
        let mut one = self.pool.steps(one.path, self.slots);
        let mut two = self.pool.steps(two.path, self.slots);
        loop {
            match (one.next(), two.next()) {
                (Some(step), Some(other)) if step == other => {}
                (Some(Step::Index(_)), Some(Step::Name(_))) | (Some(Step::Name(_)), Some(Step::Index(_))) => {
                    return Some(Meeting::Conflict);
                }
                (Some(_), Some(_)) => return None,
                _ => return Some(Meeting::Overlap),
            }
        }
    }

    /// The first two paths of the text that overlap, or else that conflict.
    fn meeting_error(&self, targets: &mut [Target]) -> Error {
        targets.sort_by_key(|target| target.path);
        let pairs = |meeting: Meeting| {
            let targets = &*targets;
            let pairs = targets
                .iter()
                .enumerate()
                .flat_map(move |(place, two)| targets.iter().take(place).map(move |one| (*one, *two)));
            pairs.into_iter().find(|(one, two)| self.meeting(*one, *two) == Some(meeting))
        };
        let (verb, pair) = match pairs(Meeting::Overlap) {
            Some(pair) => ("overlap", Some(pair)),
            None => ("conflict", pairs(Meeting::Conflict)),
        };
        let print = |target: Target| self.pool.print(target.path, self.slots);
        let (one, two) = pair.map(|(one, two)| (print(one), print(two))).unwrap_or_default();
        // PartiQL names the later path first (measured).
        let (one, two) = if self.pool.kind == ExpressionKind::Statement { (two, one) } else { (one, two) };
        self.pool.kind.error(format_args!(
            "Two document paths {verb} with each other; must remove or rewrite one of these paths; path one: {one}, \
             path two: {two}"
        ))
    }

    /// Splits off the targets at the start of a sorted list that share the first one's step at `depth`.
    pub(super) fn group<'t>(
        &self,
        targets: &'t [Target],
        depth: usize,
    ) -> Option<(Step<'a>, &'t [Target], &'t [Target])> {
        let step = self.step(*targets.first()?, depth)?;
        let count = targets.iter().take_while(|target| self.step(**target, depth) == Some(step)).count();
        let (group, rest) = targets.split_at_checked(count)?;
        Some((step, group, rest))
    }

    /// Whether a group is one path that ends at this depth.
    pub(super) fn leaf(&self, group: &[Target], depth: usize) -> Option<Target> {
        let first = *group.first()?;
        (self.depth(first) == depth + 1).then_some(first)
    }

    /// The parts of an item that sorted targets lead to, inside what surrounds them.
    pub(super) fn project(&self, item: ItemRef<'_>, targets: &[Target]) -> Item {
        let mut writer = ItemWriter::new(item.as_bytes().len());
        let mut attributes = item.iter().peekable();
        let mut rest = targets;
        while let Some((Step::Name(name), group, behind)) = self.group(rest, 0) {
            rest = behind;
            while attributes.next_if(|(found, _)| *found < name).is_some() {}
            let Some((name, value)) = attributes.next_if(|(found, _)| *found == name) else { continue };
            if self.leaf(group, 0).is_some() {
                writer.attribute(name, value);
            } else if self.leads_into(value, group, 1) {
                let mut builder = Builder::value();
                self.write(&mut builder, value, group, 1);
                // What is copied out of an item is valid.
                if let Ok(part) = builder.finish_value() {
                    writer.attribute(name, EncodedValue::view(&part));
                }
            }
        }
        writer.finish()
    }

    /// Whether any of the targets leads to something in `value`, which stands at `depth`.
    fn leads_into(&self, value: ValueRef<'_>, targets: &[Target], depth: usize) -> bool {
        targets.iter().any(|target| {
            let mut steps = self.pool.steps(target.path, self.slots).skip(depth);
            steps
                .try_fold(value, |value, step| match step {
                    Step::Name(name) => value.member(name),
                    Step::Index(index) => value.element(index as usize),
                })
                .is_some()
        })
    }

    /// Writes the parts of a map or list that targets lead to; at least one does.
    fn write(&self, builder: &mut Builder, value: ValueRef<'_>, targets: &[Target], depth: usize) {
        if value.kind() == Kind::M {
            builder.begin_map();
            self.write_members(builder, value, targets, depth);
            builder.end_map();
        } else {
            builder.begin_list();
            self.write_elements(builder, value, targets, depth);
            builder.end_list();
        }
    }

    fn write_members(&self, builder: &mut Builder, value: ValueRef<'_>, targets: &[Target], depth: usize) {
        let mut members = value.members().peekable();
        let mut rest = targets;
        while let Some((Step::Name(name), group, behind)) = self.group(rest, depth) {
            rest = behind;
            while members.next_if(|(found, _)| *found < name).is_some() {}
            let Some((name, member)) = members.next_if(|(found, _)| *found == name) else { continue };
            if self.leads_into(member, group, depth + 1) {
                builder.name(name);
                self.write_part(builder, member, group, depth);
            }
        }
    }

    fn write_elements(&self, builder: &mut Builder, value: ValueRef<'_>, targets: &[Target], depth: usize) {
        let mut elements = (0..).zip(value.elements()).peekable();
        let mut rest = targets;
        while let Some((Step::Index(index), group, behind)) = self.group(rest, depth) {
            rest = behind;
            while elements.next_if(|(place, _)| *place < index).is_some() {}
            let Some((_, element)) = elements.next() else { return };
            if self.leads_into(element, group, depth + 1) {
                self.write_part(builder, element, group, depth);
            }
        }
    }

    fn write_part(&self, builder: &mut Builder, value: ValueRef<'_>, group: &[Target], depth: usize) {
        match self.leaf(group, depth) {
            Some(_) => builder.encoded(value),
            None => self.write(builder, value, group, depth + 1),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// One path is the other one, or leads through it.
    Overlap,
    /// One path takes a value for a map and the other for a list.
    Conflict,
}
