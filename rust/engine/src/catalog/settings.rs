//! What can be set about a table or an index beside its keys: how it is billed, what it is made of, who may use it.
//!
//! Most of it only has to be kept and told again: nothing here is throttled, encrypted or billed.

use super::ACCOUNT;

/// How a table is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BillingMode {
    /// By provisioned units.
    #[default]
    Provisioned,
    /// By request.
    PayPerRequest,
}

/// `TableClass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableClass {
    /// `STANDARD`.
    Standard,
    /// `STANDARD_INFREQUENT_ACCESS`.
    StandardInfrequentAccess,
}

/// `ProvisionedThroughput`, in units a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throughput {
    /// `ReadCapacityUnits`.
    pub read_units: u64,
    /// `WriteCapacityUnits`.
    pub write_units: u64,
}

/// `OnDemandThroughput`: the most units a second of a table that is billed by request; -1 takes a limit away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDemandThroughput {
    /// `MaxReadRequestUnits`.
    pub read_units_max: Option<i64>,
    /// `MaxWriteRequestUnits`.
    pub write_units_max: Option<i64>,
}

/// `WarmThroughput`: the units a second that can be served at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmThroughput {
    /// `ReadUnitsPerSecond`.
    pub read_units: Option<u64>,
    /// `WriteUnitsPerSecond`.
    pub write_units: Option<u64>,
}

/// `SSEType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SseType {
    /// `AES256`.
    Aes256,
    /// `KMS`.
    Kms,
}

/// `ContributorInsightsMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InsightsMode {
    /// `ACCESSED_AND_THROTTLED_KEYS`.
    #[default]
    AccessedAndThrottledKeys,
    /// `THROTTLED_KEYS`.
    ThrottledKeys,
}

/// Provisioned units, and when they were changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Provisioned {
    pub(crate) units: Throughput,
    pub(crate) increased_ms: Option<u64>,
    pub(crate) decreased_ms: Option<u64>,
    /// Decreases on the day of the last one.
    pub(super) decreases: u64,
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Provisioned {
    pub(crate) fn new(units: Throughput) -> Self {
        Self { units, ..Self::default() }
    }

    /// Takes other units, and notes what that is: each kind of unit counts, so a change can be both.
    pub(crate) fn change(&mut self, units: Throughput, now_ms: u64) {
        let old = self.units;
        if units.read_units > old.read_units || units.write_units > old.write_units {
            self.increased_ms = Some(now_ms);
        }
        if units.read_units < old.read_units || units.write_units < old.write_units {
            self.decreases = self.decreases_today(now_ms) + 1;
            self.decreased_ms = Some(now_ms);
        }
        self.units = units;
    }

    /// `NumberOfDecreasesToday`, by UTC.
    pub(crate) fn decreases_today(&self, now_ms: u64) -> u64 {
        let is_today = self.decreased_ms.is_some_and(|then| then / DAY_MS == now_ms / DAY_MS);
        if is_today { self.decreases } else { 0 }
    }
}

/// How a table is billed, and since when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Billing {
    pub(crate) mode: BillingMode,
    /// When it last became billed by request; absent if it never was.
    pub(crate) pay_per_request_ms: Option<u64>,
}

impl Billing {
    pub(crate) fn is_by_request(&self) -> bool {
        self.mode == BillingMode::PayPerRequest
    }
}

impl OnDemandThroughput {
    /// These limits, changed as `other` says; a limit that is taken away counts as not set.
    pub(crate) fn with(self, other: Self) -> Self {
        let limit = |old: Option<i64>, new: Option<i64>| new.or(old).filter(|units| *units > 0);
        Self {
            read_units_max: limit(self.read_units_max, other.read_units_max),
            write_units_max: limit(self.write_units_max, other.write_units_max),
        }
    }

    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl WarmThroughput {
    /// This throughput, changed as `other` says.
    pub(crate) fn with(self, other: Self) -> Self {
        Self { read_units: other.read_units.or(self.read_units), write_units: other.write_units.or(self.write_units) }
    }
}

/// Encryption with a key, as a table says it has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encryption {
    /// The key as the request named it, or an identifier of the key that the service would use.
    pub(crate) key: String,
}

impl Encryption {
    /// Whether this is the key that a request names, by its identifier or its ARN.
    pub(crate) fn has_key(&self, named: &str) -> bool {
        let identifier = |key: &str| key.rsplit_once(":key/").map_or(key, |(_, identifier)| identifier).to_owned();
        identifier(&self.key) == identifier(named)
    }

    /// `KMSMasterKeyArn`.
    pub(crate) fn key_arn(&self, region: &str) -> String {
        match self.key.as_str() {
            arn if arn.starts_with("arn:") => arn.to_owned(),
            alias if alias.starts_with("alias/") => format!("arn:aws:kms:{region}:{ACCOUNT}:{alias}"),
            key => format!("arn:aws:kms:{region}:{ACCOUNT}:key/{key}"),
        }
    }
}

/// A resource policy: its text, as it was given, and the revision that this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) text: String,
    pub(crate) revision: u64,
}

/// Contributor insights of a table or an index, as they were last set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Insights {
    pub(crate) is_enabled: bool,
    pub(crate) mode: InsightsMode,
    pub(crate) changed_ms: u64,
}

/// Everything that is set about a table and that no write and no read depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) deletion_protection: bool,
    pub(crate) table_class: Option<TableClass>,
    /// When the class was changed; absent if it is the first one.
    pub(crate) table_class_ms: Option<u64>,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) on_demand: OnDemandThroughput,
    pub(crate) warm: WarmThroughput,
    /// In the order of their keys.
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) policy: Option<Policy>,
    /// Policies of streams, by label.
    pub(crate) stream_policies: Vec<(String, Policy)>,
    /// By index; no name stands for the table itself.
    pub(crate) insights: Vec<(Option<String>, Insights)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decreases_are_counted_by_the_day() {
        let of = |read_units, write_units| Throughput { read_units, write_units };
        let mut provisioned = Provisioned::new(of(5, 5));
        provisioned.change(of(4, 6), DAY_MS);
        assert_eq!((provisioned.increased_ms, provisioned.decreased_ms), (Some(DAY_MS), Some(DAY_MS)));
        provisioned.change(of(3, 6), DAY_MS + 5);
        assert_eq!(provisioned.decreases_today(DAY_MS + 9), 2);
        assert_eq!(provisioned.decreases_today(2 * DAY_MS), 0);
        provisioned.change(of(2, 6), 2 * DAY_MS);
        assert_eq!(provisioned.decreases_today(2 * DAY_MS), 1);
    }

    #[test]
    fn limits_are_changed_one_by_one() {
        let of = |read_units_max, write_units_max| OnDemandThroughput { read_units_max, write_units_max };
        assert_eq!(of(Some(5), None).with(of(None, Some(7))), of(Some(5), Some(7)));
        assert!(of(Some(5), None).with(of(Some(-1), None)).is_none());
    }
}
