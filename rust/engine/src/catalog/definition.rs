//! What a request says a table or an index should be, and whether that makes sense: AWS's checks, in its order, as lists.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{
    BillingMode, IndexKind, KeyRole, ON_DEMAND_WARM, OnDemandThroughput, Projected, Throughput, WarmThroughput,
};
use crate::error::{Error, Result};
use crate::key::{KeyAttribute, KeySchema};
use crate::limits::{
    GSI_COUNT_MAX, INDEX_KEYS_OF_A_ROLE_MAX, LSI_COUNT_MAX, PROJECTED_NAMES_MAX, THROUGHPUT_UNITS_MAX,
};
use crate::value::Kind;

/// `AttributeDefinitions`, in document order.
pub(crate) type Definitions<'r, 'a> = &'r [(Cow<'a, str>, Kind)];
/// `KeySchema`, in document order.
pub(crate) type Keys<'r, 'a> = &'r [(Cow<'a, str>, KeyRole)];

/// `ProjectionType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectionType {
    /// `ALL`.
    All,
    /// `KEYS_ONLY`.
    KeysOnly,
    /// `INCLUDE`.
    Include,
}

impl ProjectionType {
    /// The name in requests and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::KeysOnly => "KEYS_ONLY",
            Self::Include => "INCLUDE",
        }
    }
}

/// `Projection`.
#[derive(Clone, Debug, Default)]
pub struct Projection<'a> {
    /// `ProjectionType`.
    pub kind: Option<ProjectionType>,
    /// `NonKeyAttributes`.
    pub non_key_attributes: Option<Vec<Cow<'a, str>>>,
}

impl Projection<'_> {
    /// Everything.
    pub const ALL: Projection<'static> = Projection { kind: Some(ProjectionType::All), non_key_attributes: None };

    pub(crate) fn projected(&self) -> Projected {
        let names = || self.non_key_attributes.iter().flatten().map(|name| name.to_string()).collect();
        match self.kind {
            None | Some(ProjectionType::All) => Projected::All,
            Some(ProjectionType::KeysOnly) => Projected::KeysOnly,
            Some(ProjectionType::Include) => Projected::Include(names()),
        }
    }
}

/// One element of `LocalSecondaryIndexes` or `GlobalSecondaryIndexes`, or an index that UpdateTable is to make.
#[derive(Clone, Debug, Default)]
pub struct NewIndex<'a> {
    /// `IndexName`.
    pub name: Cow<'a, str>,
    /// `KeySchema`, in document order.
    pub key_schema: Vec<(Cow<'a, str>, KeyRole)>,
    /// `Projection`.
    pub projection: Projection<'a>,
    /// `ProvisionedThroughput`; of GSIs alone, like what follows.
    pub throughput: Option<Throughput>,
    /// `OnDemandThroughput`.
    pub on_demand: Option<OnDemandThroughput>,
    /// `WarmThroughput`.
    pub warm: Option<WarmThroughput>,
}

/// An index as it is judged: what the request says of it, and of its table.
pub(crate) struct Proposed<'r, 'a> {
    pub(crate) index: &'r NewIndex<'a>,
    pub(crate) table_hash: &'r str,
    pub(crate) definitions: Definitions<'r, 'a>,
    pub(crate) billing_mode: BillingMode,
    /// Whether the table is there already: UpdateTable has words of its own.
    pub(crate) is_added: bool,
}

type IndexCheck = fn(&Proposed<'_, '_>) -> Result<()>;

const LOCAL_CHECKS: &[IndexCheck] =
    &[keys_are_defined, keys_make_a_table, has_a_sort_key, has_the_hash_key_of_the_table, projection_is_whole];
const GLOBAL_CHECKS: &[IndexCheck] = &[keys_are_defined, keys_make_an_index, projection_is_whole];

/// The indexes of one kind that a table is to have.
pub(crate) struct ProposedIndexes<'r, 'a> {
    pub(crate) kind: IndexKind,
    pub(crate) indexes: Option<&'r [NewIndex<'a>]>,
    pub(crate) table_keys: Keys<'r, 'a>,
    pub(crate) definitions: Definitions<'r, 'a>,
    pub(crate) billing_mode: BillingMode,
}

impl<'r> ProposedIndexes<'r, '_> {
    /// Checks each index and all of them together; `names` are those of the indexes before them.
    pub(crate) fn check(&self, names: &mut Vec<&'r str>) -> Result<()> {
        let Some(indexes) = self.indexes else { return Ok(()) };
        let is_local = self.kind == IndexKind::Local;
        if indexes.is_empty() {
            let kind = if is_local { "Local" } else { "Global" };
            return Err(Error::parameter(format_args!("List of {kind}SecondaryIndexes is empty")));
        }
        if is_local && self.table_keys.len() < 2 {
            return Err(Error::parameter(
                "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
            ));
        }
        let table_hash = self.table_keys.first().map_or("", |(name, _)| name.as_ref());
        for index in indexes {
            let (definitions, billing_mode) = (self.definitions, self.billing_mode);
            let proposed = Proposed { index, table_hash, definitions, billing_mode, is_added: false };
            check_index(&proposed, self.kind)?;
            if names.contains(&index.name.as_ref()) {
                return Err(Error::parameter(format_args!("Duplicate index name: {}", index.name)));
            }
            names.push(&index.name);
        }
        match (is_local, indexes.len()) {
            (true, count) if count > LSI_COUNT_MAX => Err(Error::parameter(format_args!(
                "Number of LocalSecondaryIndexes exceeds per-table limit of {LSI_COUNT_MAX}"
            ))),
            (false, count) => check_global_count(count),
            _ => Ok(()),
        }
    }
}

fn check_global_count(count: usize) -> Result<()> {
    if count <= GSI_COUNT_MAX {
        return Ok(());
    }
    Err(Error::parameter(format_args!("GlobalSecondaryIndex count exceeds the per-table limit of {GSI_COUNT_MAX}")))
}

/// Checks one index.
pub(crate) fn check_index(proposed: &Proposed<'_, '_>, kind: IndexKind) -> Result<()> {
    let checks = if kind == IndexKind::Local { LOCAL_CHECKS } else { GLOBAL_CHECKS };
    checks.iter().try_for_each(|check| check(proposed))?;
    if kind == IndexKind::Local || proposed.is_added { Ok(()) } else { check_billing(proposed) }
}

/// Whether a GSI fits how its table is paid for. Of one that joins others this is looked at after its name.
pub(crate) fn check_billing(proposed: &Proposed<'_, '_>) -> Result<()> {
    throughput_fits(proposed)?;
    on_demand_fits(proposed)
}

fn keys_are_defined(proposed: &Proposed<'_, '_>) -> Result<()> {
    check_keys_defined(&proposed.index.key_schema, proposed.definitions)
}

fn keys_make_a_table(proposed: &Proposed<'_, '_>) -> Result<()> {
    check_roles(&proposed.index.key_schema)
}

/// A GSI has one to four attributes of each kind, those of the partition key first.
fn keys_make_an_index(proposed: &Proposed<'_, '_>) -> Result<()> {
    let keys = proposed.index.key_schema.as_slice();
    if keys.len() <= 2 && !keys.iter().all(|(_, role)| *role == KeyRole::Hash) {
        return check_roles(keys);
    }
    let repeated = |place: usize, key: &str| keys.iter().take(place).any(|(earlier, _)| earlier == key);
    if keys.iter().enumerate().any(|(place, (key, _))| repeated(place, key)) {
        return Err(Error::validation("The KeySchema contains multiple key attributes with the same name"));
    }
    if keys.first().is_none_or(|(_, role)| *role != KeyRole::Hash) {
        return Err(first_is_no_hash());
    }
    if keys.windows(2).any(|pair| matches!(pair, [(_, KeyRole::Range), (_, KeyRole::Hash)])) {
        return Err(Error::parameter("All HASH key attributes must precede RANGE key attributes in the KeySchema"));
    }
    for (role, word) in [(KeyRole::Hash, "HASH"), (KeyRole::Range, "RANGE")] {
        let count = keys.iter().filter(|(_, other)| *other == role).count();
        if count > INDEX_KEYS_OF_A_ROLE_MAX {
            return Err(Error::parameter(format_args!(
                "The KeySchema exceeds the maximum allowed number of {word} key attributes"
            )));
        }
    }
    Ok(())
}

fn has_a_sort_key(proposed: &Proposed<'_, '_>) -> Result<()> {
    if proposed.index.key_schema.len() > 1 {
        return Ok(());
    }
    let name = &proposed.index.name;
    Err(Error::parameter(format_args!("Index KeySchema does not have a range key for index: {name}")))
}

fn has_the_hash_key_of_the_table(proposed: &Proposed<'_, '_>) -> Result<()> {
    let hash = proposed.index.key_schema.first().map_or("", |(name, _)| name.as_ref());
    if hash == proposed.table_hash {
        return Ok(());
    }
    Err(Error::parameter(format_args!(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. index hash key: {hash}, \
         table hash key: {}",
        proposed.index.name, proposed.table_hash
    )))
}

fn projection_is_whole(proposed: &Proposed<'_, '_>) -> Result<()> {
    let projection = &proposed.index.projection;
    if let (Some(ProjectionType::Include), Some(names)) = (projection.kind, &projection.non_key_attributes) {
        return check_different(names);
    }
    match (projection.kind, &projection.non_key_attributes) {
        (None, _) => Err(Error::parameter("Unknown ProjectionType: null")),
        (Some(ProjectionType::Include), None) => {
            Err(Error::parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"))
        }
        (Some(ProjectionType::All | ProjectionType::KeysOnly), None) => Ok(()),
        (Some(kind), Some(_)) => {
            Err(Error::parameter(format_args!("ProjectionType is {}, but NonKeyAttributes is specified", kind.name())))
        }
    }
}

fn check_different(names: &[Cow<'_, str>]) -> Result<()> {
    match first_repeated(names.iter().map(AsRef::as_ref)) {
        Some(name) => Err(Error::parameter(format_args!("Duplicate element in NonKeyAttributes: {name}"))),
        None => Ok(()),
    }
}

/// The first name that stands there a second time. A request decides how many there are: none is compared with all others.
pub(crate) fn first_repeated<'n>(mut names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = HashSet::new();
    names.find(|name| !seen.insert(*name))
}

fn throughput_fits(proposed: &Proposed<'_, '_>) -> Result<()> {
    let NewIndex { name, throughput, .. } = proposed.index;
    Err(match (proposed.billing_mode, throughput, proposed.is_added) {
        (BillingMode::PayPerRequest, None, _) => return Ok(()),
        (BillingMode::Provisioned, Some(throughput), _) => return check_units(*throughput, Some(name)),
        (BillingMode::PayPerRequest, Some(_), false) => Error::parameter(format_args!(
            "ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
        )),
        (BillingMode::PayPerRequest, Some(_), true) => Error::parameter(format_args!(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name} when BillingMode is \
             PAY_PER_REQUEST"
        )),
        (BillingMode::Provisioned, None, false) => {
            Error::parameter(format_args!("ProvisionedThroughput is not specified for index: {name}"))
        }
        (BillingMode::Provisioned, None, true) => Error::parameter(format_args!(
            "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {name}"
        )),
    })
}

fn on_demand_fits(proposed: &Proposed<'_, '_>) -> Result<()> {
    let index = Some(proposed.index.name.as_ref());
    check_on_demand(proposed.index.on_demand, index, proposed.billing_mode, 1)
}

pub(crate) fn index_without_throughput(names: &str) -> Error {
    Error::parameter(format_args!("ProvisionedThroughput must be specified for index: {names}"))
}

/// Units have a bound; an index is named behind it.
pub(crate) fn check_units(throughput: Throughput, index: Option<&str>) -> Result<()> {
    let of_index = index.map_or(String::new(), |name| format!(" for index {name}"));
    let members = [("ReadCapacityUnits", throughput.read_units), ("WriteCapacityUnits", throughput.write_units)];
    for (member, units) in members {
        if units > THROUGHPUT_UNITS_MAX {
            return Err(Error::validation(format!("Given value {units} for {member} is out of bounds{of_index}")));
        }
    }
    Ok(())
}

/// Limits go with billing by request, and are at least 1; an update may also say -1. `index` is whose they are, unless the
/// table's.
pub(crate) fn check_on_demand(
    limits: Option<OnDemandThroughput>,
    index: Option<&str>,
    mode: BillingMode,
    least: i64,
) -> Result<()> {
    let Some(limits) = limits else { return Ok(()) };
    let members = [("MaxReadRequestUnits", limits.read_units_max), ("MaxWriteRequestUnits", limits.write_units_max)];
    for (member, units) in members.into_iter().filter_map(|(member, units)| Some((member, units?))) {
        if mode != BillingMode::PayPerRequest {
            let whose = index.map_or(String::new(), |name| format!(" for index : {name}"));
            return Err(Error::parameter(format_args!(
                "{member} for OnDemandThroughput{whose} cannot be specified when the table BillingMode is PROVISIONED"
            )));
        }
        if units < least || units == 0 {
            let whose = index.map_or("table".to_owned(), |name| format!("index : {name}"));
            return Err(Error::parameter(format_args!(
                "Requested {member} for OnDemandThroughput for {whose} is outside of valid range"
            )));
        }
    }
    Ok(())
}

/// What warm throughput must be no less than.
#[derive(Clone, Copy)]
pub(crate) enum WarmFloor {
    /// What there is: it does not become less.
    Current(Throughput),
    /// What a new table or index that is paid per request begins with.
    OnDemand,
    /// The units of a new table or index that has some.
    Provisioned(Throughput),
}

impl WarmFloor {
    /// Of what is new.
    pub(crate) fn of_new(mode: BillingMode, units: Option<Throughput>) -> Self {
        match mode {
            BillingMode::PayPerRequest => Self::OnDemand,
            BillingMode::Provisioned => Self::Provisioned(units.unwrap_or_default()),
        }
    }

    fn units(self) -> Throughput {
        match self {
            Self::Current(units) | Self::Provisioned(units) => units,
            Self::OnDemand => ON_DEMAND_WARM,
        }
    }

    /// What something below it is lower than; `provisioned` is the member of `ProvisionedThroughput`.
    fn words(self, provisioned: &str) -> String {
        match self {
            Self::Current(_) => "current WarmThroughput, decreasing WarmThroughput is not supported".to_owned(),
            Self::OnDemand => format!("initial throughput for OnDemand. See: {INITIAL_THROUGHPUT}"),
            Self::Provisioned(_) => format!("{provisioned} of ProvisionedThroughput"),
        }
    }
}

const INITIAL_THROUGHPUT: &str = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/\
                                  on-demand-capacity-mode.html#on-demand-capacity-mode-initial";

/// Throughput that is warm stays warm. `index` is whose it is, unless the table's.
pub(crate) fn check_warm(asked: Option<WarmThroughput>, index: Option<&str>, floor: WarmFloor) -> Result<()> {
    let Some(asked) = asked else { return Ok(()) };
    let least = floor.units();
    let members = [
        ("ReadUnitsPerSecond", "ReadCapacityUnits", asked.read_units, least.read_units),
        ("WriteUnitsPerSecond", "WriteCapacityUnits", asked.write_units, least.write_units),
    ];
    for (member, provisioned, asked, least) in members {
        if asked.is_some_and(|asked| asked < least) {
            let whose = index.map_or("table".to_owned(), |name| format!("index {name}"));
            return Err(Error::parameter(format_args!(
                "Requested {member} for WarmThroughput for {whose} is lower than {}",
                floor.words(provisioned)
            )));
        }
    }
    Ok(())
}

/// The names of non-key attributes over all indexes have a limit. AWS's own words are not known.
pub(crate) fn check_projected_total(count: usize) -> Result<()> {
    if count <= PROJECTED_NAMES_MAX {
        return Ok(());
    }
    Err(Error::parameter(format_args!(
        "Number of NonKeyAttributes over all indexes exceeds the per-table limit of {PROJECTED_NAMES_MAX}"
    )))
}

/// Every key attribute has a definition.
pub(crate) fn check_keys_defined(keys: Keys<'_, '_>, definitions: Definitions<'_, '_>) -> Result<()> {
    if keys.iter().all(|(name, _)| kind_of(definitions, name).is_some()) {
        return Ok(());
    }
    Err(Error::parameter(format_args!(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]",
        listed(keys.iter().map(|(name, _)| name.as_ref())),
        listed(definitions.iter().map(|(name, _)| name.as_ref())),
    )))
}

pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

pub(crate) fn kind_of(definitions: Definitions<'_, '_>, name: &str) -> Option<Kind> {
    definitions.iter().find(|(defined, _)| defined == name).map(|(_, kind)| *kind)
}

/// One partition key and at most one sort key, in this order.
pub(crate) fn check_roles(keys: Keys<'_, '_>) -> Result<()> {
    let mut keys = keys.iter();
    let (first, second) = (keys.next(), keys.next());
    if let (Some((first, _)), Some((second, _))) = (first, second)
        && first == second
    {
        return Err(same_name());
    }
    if first.is_none_or(|(_, role)| *role != KeyRole::Hash) {
        return Err(first_is_no_hash());
    }
    if second.is_some_and(|(_, role)| *role != KeyRole::Range) {
        return Err(Error::validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"));
    }
    Ok(())
}

fn same_name() -> Error {
    Error::validation("Both the Hash Key and the Range Key element in the KeySchema have the same name")
}

fn first_is_no_hash() -> Error {
    Error::validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
}

/// No attribute is defined twice.
pub(crate) fn check_defined_once(definitions: Definitions<'_, '_>) -> Result<()> {
    match first_repeated(definitions.iter().map(|(name, _)| name.as_ref())) {
        Some(name) => Err(Error::parameter(format_args!("Duplicate AttributeName in AttributeDefinitions: {name}"))),
        None => Ok(()),
    }
}

/// The schema of checked keys.
pub(crate) fn key_schema(keys: Keys<'_, '_>, definitions: Definitions<'_, '_>) -> Result<KeySchema> {
    let attribute = |name: &str| {
        let kind = kind_of(definitions, name).ok_or_else(|| Error::internal("a key attribute lost its definition"))?;
        Ok(KeyAttribute { name: name.to_owned(), kind })
    };
    let of = |role: KeyRole| {
        keys.iter().filter(|(_, other)| *other == role).map(|(name, _)| attribute(name)).collect::<Result<Vec<_>>>()
    };
    Ok(KeySchema::new(of(KeyRole::Hash)?, of(KeyRole::Range)?))
}
