//! What AWS reworded in mid-2026, as data: today's words, and those from before.
//!
//! The engine words everything as AWS does today; what is asked for the older words is told here, and nowhere else. The
//! protocol's own part of it, the constraints, is `wording.rs` of the wire.

use crate::error::Error;

/// Which words messages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wording {
    /// Those of AWS since mid-2026.
    #[default]
    Current,
    /// Those of AWS before, which DynamoDB Local has too.
    Classic,
}

/// The families of messages that have had other words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Family {
    /// None of them: the text is the same everywhere, and always was.
    #[default]
    Plain,
    /// What is wrong with the parameters of a request, before any table is looked at.
    Request,
    /// What is wrong with a `Key`.
    LookupKey,
    /// A key condition on a part of an attribute.
    NestedKeyCondition,
    /// An UpdateTable that asks for nothing.
    NothingToUpdate,
}

/// What an UpdateTable that asks for nothing is told.
pub(crate) const NOTHING_TO_UPDATE: &str = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, \
     SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, \
     DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required";

/// One set of words.
struct Words {
    /// What PutItem and UpdateItem, and Query about its `Select`, put before a text of the family `Request`.
    envelope: &'static str,
    /// Whether PutItem and UpdateItem name the placeholder of an invalid value, as the other operations do.
    writes_name_placeholders: bool,
    /// How texts of a family begin, where they begin otherwise today.
    beginnings: &'static [Beginning],
}

struct Beginning {
    family: Family,
    today: &'static str,
    then: &'static str,
}

/// Captured on AWS in June and August 2026.
const CURRENT: Words =
    Words { envelope: "1 validation error detected: ", writes_name_placeholders: false, beginnings: &[] };

/// Recorded on AWS until 2025.
const CLASSIC: Words = Words {
    envelope: "",
    writes_name_placeholders: true,
    beginnings: &[
        Beginning {
            family: Family::LookupKey,
            today: "One or more parameter values are not valid. The AttributeValue for a key",
            then: "One or more parameter values were invalid: The AttributeValue for a key",
        },
        Beginning { family: Family::NestedKeyCondition, today: "Invalid KeyConditionExpression: ", then: "" },
        Beginning {
            family: Family::NothingToUpdate,
            today: NOTHING_TO_UPDATE,
            then: "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or \
                   SSESpecification or ReplicaUpdates is required",
        },
    ],
};

impl Wording {
    fn words(self) -> &'static Words {
        match self {
            Self::Current => &CURRENT,
            Self::Classic => &CLASSIC,
        }
    }

    /// Whether PutItem and UpdateItem name the placeholder of an invalid value.
    pub(crate) fn writes_name_placeholders(self) -> bool {
        self.words().writes_name_placeholders
    }

    /// The error as PutItem and UpdateItem report it.
    pub(crate) fn in_envelope(self, error: Error) -> Error {
        let envelope = self.words().envelope;
        if error.family() != Family::Request || envelope.is_empty() {
            return error;
        }
        error.reworded(|message| format!("{envelope}{message}"))
    }

    /// The error in these words.
    pub(crate) fn of(self, error: Error) -> Error {
        let family = error.family();
        let beginning = self.words().beginnings.iter().find(|beginning| beginning.family == family);
        let Some(Beginning { today, then, .. }) = beginning else { return error };
        match error.message().strip_prefix(today).map(|rest| format!("{then}{rest}")) {
            Some(message) => error.reworded(|_| message),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_are_enveloped_and_only_once() {
        let enveloped = |error| Wording::Current.in_envelope(error).message().to_owned();
        assert_eq!(enveloped(Error::request("no")), "1 validation error detected: no");
        assert_eq!(enveloped(Error::validation("no")), "no");
        assert_eq!(enveloped(Wording::Current.in_envelope(Error::request("no"))), "1 validation error detected: no");
        assert_eq!(Wording::Classic.in_envelope(Error::request("no")).message(), "no");
    }

    #[test]
    fn a_text_of_another_family_keeps_its_beginning() {
        let text = "Invalid KeyConditionExpression: no";
        assert_eq!(Wording::Classic.of(Error::validation(text)).message(), text);
        assert_eq!(Wording::Classic.of(Error::of_family(Family::NestedKeyCondition, text)).message(), "no");
        assert_eq!(Wording::Current.of(Error::of_family(Family::NestedKeyCondition, text)).message(), text);
    }
}
