//! What is wrong with a well-formed expression.
//!
//! Two times to look: when a text was parsed (what no name and no value could mend) and when it is bound (undefined names and
//! values, operands, paths that meet). The order of the checks is AWS's order of reporting (from its recorded answers); a
//! check that comes first in a function is reported first.

use super::ast::{Element, Operand, Operator, Pool, Term};
use super::compare;
use super::parse::{Action, Findings, Section, Updates};
use super::reserved::is_reserved;
use super::substitutions::Slot;
use crate::error::{Error, Result};
use crate::limits::{IN_OPERANDS_MAX, OPERATORS_MAX, PATH_ELEMENTS_MAX};
use crate::value::{Kind, ValueRef};

/// Limits of every kind of expression.
pub(super) fn check_limits(pool: &Pool, findings: &Findings) -> Result<()> {
    debug_assert!(findings.long_in.is_none_or(|count| count > IN_OPERANDS_MAX));
    debug_assert!(findings.long_path.is_none_or(|levels| levels > PATH_ELEMENTS_MAX));
    let kind = pool.kind;
    if findings.operators > OPERATORS_MAX {
        let count = findings.operators;
        return Err(kind.error(format_args!("The expression contains too many operators; operator count: {count}")));
    }
    if let Some(count) = findings.long_in {
        return Err(
            kind.error(format_args!("The IN operator is provided with too many operands; number of operands: {count}"))
        );
    }
    if let Some(levels) = findings.long_path {
        return Err(kind.error(format_args!("The document path has too many nesting levels; nesting levels: {levels}")));
    }
    if let Some(index) = findings.large_index {
        let index = pool.text(index);
        return Err(kind.error(format_args!("List index is not within the allowable range; index: [{index}]")));
    }
    Ok(())
}

fn check_parentheses(pool: &Pool, findings: &Findings) -> Result<()> {
    if findings.has_redundant_parentheses {
        return Err(pool.kind.error("The expression has redundant parentheses;"));
    }
    Ok(())
}

/// Bare names that are reserved words, in the order of the text.
pub(super) fn check_reserved(pool: &Pool) -> Result<()> {
    for element in &pool.elements {
        if let Element::Name(span) = element
            && is_reserved(pool.text(*span))
        {
            let word = pool.text(*span);
            return Err(pool
                .kind
                .error(format_args!("Attribute name is a reserved keyword; reserved keyword: {word}")));
        }
    }
    Ok(())
}

/// A parsed condition, filter or key condition.
pub(super) fn check_condition(pool: &Pool, findings: &Findings) -> Result<()> {
    check_parentheses(pool, findings)?;
    for term in &pool.terms {
        check_known(pool, term)?;
        if term.operator.is_update_function() {
            let name = term.operator.name();
            return Err(pool
                .kind
                .error(format_args!("The function is not allowed in a condition expression; function: {name}")));
        }
    }
    for term in &pool.terms {
        if (term.operator == Operator::Size && term.is_condition)
            || (term.operator.is_predicate() && !term.is_condition)
        {
            return Err(misused(pool, term));
        }
    }
    check_reserved(pool)
}

fn check_known(pool: &Pool, term: &Term) -> Result<()> {
    if term.operator != Operator::Unknown {
        return Ok(());
    }
    let name = pool.text(term.name);
    Err(pool.kind.error(format_args!("Invalid function name; function: {name}")))
}

fn misused(pool: &Pool, term: &Term) -> Error {
    let name = term.operator.name();
    pool.kind.error(format_args!("The function is not allowed to be used this way in an expression; function: {name}"))
}

/// A parsed update expression.
pub(super) fn check_update(pool: &Pool, findings: &Findings, updates: &Updates) -> Result<()> {
    check_parentheses(pool, findings)?;
    check_reserved(pool)?;
    for term in &pool.terms {
        check_known(pool, term)?;
        if term.operator.is_predicate() || term.operator == Operator::Size {
            let name = term.operator.name();
            return Err(pool
                .kind
                .error(format_args!("The function is not allowed in an update expression; function: {name}")));
        }
    }
    for term in &pool.terms {
        check_nesting_of_functions(pool, term)?;
    }
    if let Some(section) = updates.repeated {
        let name = section.name();
        return Err(pool
            .kind
            .error(format_args!("The \"{name}\" section can only be used once in an update expression;")));
    }
    Ok(())
}

/// A list_append may not stand inside a function.
fn check_nesting_of_functions(pool: &Pool, term: &Term) -> Result<()> {
    if !term.operator.is_update_function() {
        return Ok(());
    }
    for operand in pool.operands_of(term) {
        if let Operand::Term(inner) = operand
            && let Some(inner) = pool.term(*inner)
            && inner.operator == Operator::ListAppend
        {
            return Err(misused(pool, inner));
        }
    }
    Ok(())
}

/// What is known of an operand's type before an item is seen.
fn static_kind(pool: &Pool, slots: &[Slot<'_>], operand: Operand) -> Option<Kind> {
    match operand {
        Operand::Path(_) => None,
        Operand::Value(slot) => constant(slots, slot).map(|value| value.kind()),
        Operand::Term(term) => match pool.term(term)?.operator {
            Operator::Size | Operator::Plus | Operator::Minus => Some(Kind::N),
            Operator::ListAppend => Some(Kind::L),
            _ => None,
        },
    }
}

fn constant<'a>(slots: &[Slot<'a>], slot: u16) -> Option<ValueRef<'a>> {
    match slots.get(usize::from(slot)) {
        Some(Slot::Value(value)) => Some(*value),
        _ => None,
    }
}

fn check_count(pool: &Pool, term: &Term) -> Result<()> {
    let expected = match term.operator {
        Operator::AttributeExists | Operator::AttributeNotExists | Operator::Size => 1,
        Operator::AttributeType
        | Operator::BeginsWith
        | Operator::Contains
        | Operator::IfNotExists
        | Operator::ListAppend => 2,
        _ => return Ok(()),
    };
    let count = pool.operands_of(term).len();
    if count == expected {
        return Ok(());
    }
    let name = term.operator.name();
    Err(pool.kind.error(format_args!(
        "Incorrect number of operands for operator or function; operator or function: {name}, number of operands: {count}"
    )))
}

fn check_first_is_path(pool: &Pool, term: &Term) -> Result<()> {
    if matches!(pool.operands_of(term).first(), Some(Operand::Path(_))) {
        return Ok(());
    }
    let name = term.operator.name();
    Err(pool.kind.error(format_args!("Operator or function requires a document path; operator or function: {name}")))
}

/// The operands of one bound term of a condition.
pub(super) fn check_condition_term(pool: &Pool, slots: &[Slot<'_>], term: &Term) -> Result<()> {
    check_count(pool, term)?;
    if matches!(term.operator, Operator::AttributeExists | Operator::AttributeNotExists) {
        return check_first_is_path(pool, term);
    }
    check_distinct(pool, slots, term)?;
    let operands = pool.operands_of(term);
    match term.operator {
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            check_kinds(pool, slots, term, Kind::is_ordered)
        }
        Operator::Between => {
            check_kinds(pool, slots, term, Kind::is_ordered)?;
            check_bounds(pool, slots, operands)
        }
        Operator::BeginsWith => check_kinds(pool, slots, term, |kind| matches!(kind, Kind::S | Kind::B)),
        Operator::Size => {
            check_kinds(pool, slots, term, |kind| matches!(kind, Kind::S | Kind::B) || kind.is_container())
        }
        Operator::AttributeType => check_type_name(pool, slots, term),
        _ => Ok(()),
    }
}

/// A path may not be compared with itself.
fn check_distinct(pool: &Pool, slots: &[Slot<'_>], term: &Term) -> Result<()> {
    let Some((Operand::Path(first), rest)) = pool.operands_of(term).split_first() else { return Ok(()) };
    for operand in rest {
        if let Operand::Path(path) = operand
            && pool.steps(*path, slots).eq(pool.steps(*first, slots))
        {
            let (name, path) = (term.operator.name(), pool.print(*first, slots));
            return Err(pool.kind.error(format_args!(
                "The first operand must be distinct from the remaining operands for this operator or function; \
                 operator: {name}, first operand: {path}"
            )));
        }
    }
    Ok(())
}

fn check_kinds(pool: &Pool, slots: &[Slot<'_>], term: &Term, is_allowed: fn(Kind) -> bool) -> Result<()> {
    for operand in pool.operands_of(term) {
        if let Some(kind) = static_kind(pool, slots, *operand)
            && !is_allowed(kind)
        {
            return Err(wrong_kind(pool, term, kind.name()));
        }
    }
    Ok(())
}

fn wrong_kind(pool: &Pool, term: &Term, kind: &str) -> Error {
    let name = term.operator.name();
    pool.kind.error(format_args!(
        "Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"
    ))
}

/// Constant bounds of BETWEEN.
fn check_bounds(pool: &Pool, slots: &[Slot<'_>], operands: &[Operand]) -> Result<()> {
    let [_, Operand::Value(low), Operand::Value(high)] = operands else { return Ok(()) };
    let (Some(low), Some(high)) = (constant(slots, *low), constant(slots, *high)) else { return Ok(()) };
    refused_bounds(low, high).map_or(Ok(()), |reason| Err(pool.kind.error(reason)))
}

/// Why two values cannot be the bounds of BETWEEN.
pub(crate) fn refused_bounds(low: ValueRef<'_>, high: ValueRef<'_>) -> Option<String> {
    let rule = match compare::compare(low, high) {
        None => "same data type for lower and upper bounds",
        Some(std::cmp::Ordering::Greater) => "upper bound to be greater than or equal to lower bound",
        Some(_) => return None,
    };
    let (low, high) = (compare::print(low), compare::print(high));
    Some(format!(
        "The BETWEEN operator requires {rule}; lower bound operand: AttributeValue: {low}, upper bound operand: \
         AttributeValue: {high}"
    ))
}

/// The second operand of attribute_type is a constant string that names a type.
fn check_type_name(pool: &Pool, slots: &[Slot<'_>], term: &Term) -> Result<()> {
    let second = match pool.operands_of(term) {
        [_, Operand::Value(slot)] => constant(slots, *slot),
        [_, operand @ Operand::Term(_)] => {
            let kind = static_kind(pool, slots, *operand);
            return Err(wrong_kind(pool, term, kind.map_or("S", Kind::name)));
        }
        // AWS prints the types that a path may have in the order of a hash set of its own.
        _ => return Err(wrong_kind(pool, term, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")),
    };
    let Some(value) = second else { return Ok(()) };
    let Some(name) = value.as_str() else { return Err(wrong_kind(pool, term, value.kind().name())) };
    if Kind::from_name(name).is_some() {
        return Ok(());
    }
    Err(pool.kind.error(format_args!(
        "Invalid attribute type name found; type: {name}, valid types: {{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}"
    )))
}

/// The operands of a bound update expression: those of DELETE, those of ADD, then those of functions.
pub(super) fn check_update_operands(pool: &Pool, slots: &[Slot<'_>], actions: &[Action]) -> Result<()> {
    check_section_operands(pool, slots, actions, Section::Delete, Kind::is_set)?;
    check_section_operands(pool, slots, actions, Section::Add, |kind| kind == Kind::N || kind.is_set())?;
    for term in &pool.terms {
        check_count(pool, term)?;
        match term.operator {
            Operator::IfNotExists => {
                check_first_is_path(pool, term)?;
                check_distinct(pool, slots, term)?;
            }
            Operator::ListAppend => check_kinds(pool, slots, term, |kind| kind == Kind::L)?,
            _ => check_kinds(pool, slots, term, |kind| kind == Kind::N)?,
        }
    }
    Ok(())
}

fn check_section_operands(
    pool: &Pool,
    slots: &[Slot<'_>],
    actions: &[Action],
    section: Section,
    is_allowed: fn(Kind) -> bool,
) -> Result<()> {
    for action in actions.iter().filter(|action| action.section == section) {
        let kind = action.value.and_then(|operand| static_kind(pool, slots, operand));
        if let Some(kind) = kind
            && !is_allowed(kind)
        {
            let (section, kind) = (section.name(), long_name(kind));
            return Err(pool.kind.error(format_args!(
                "Incorrect operand type for operator or function; operator: {section}, operand type: {kind}, \
                 typeSet: ALLOWED_FOR_{section}_OPERAND"
            )));
        }
    }
    Ok(())
}

/// The type's name in the messages of ADD and DELETE.
fn long_name(kind: Kind) -> &'static str {
    match kind {
        Kind::S => "STRING",
        Kind::N => "NUMBER",
        Kind::B => "BINARY",
        Kind::Bool => "BOOLEAN",
        Kind::Null => "NULL",
        Kind::Ss => "STRING_SET",
        Kind::Ns => "NUMBER_SET",
        Kind::Bs => "BINARY_SET",
        Kind::L => "LIST",
        Kind::M => "MAP",
    }
}
