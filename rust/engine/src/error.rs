//! What an operation can answer instead of a result: DynamoDB's exceptions, by kind and message.
//!
//! An [`Error`] says which exception it is and carries the text that AWS sends. It knows nothing of `__type` prefixes or
//! status codes; those are names on the wire.

use std::borrow::Cow;
use std::fmt;

use crate::throttle::Throttled;
use crate::value::Item;
use crate::wording::Family;

/// What every operation returns.
pub type Result<T> = std::result::Result<T, Error>;

/// The exceptions that the engine raises, named as DynamoDB names them (without `Exception`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is not a valid one.
    Validation,
    /// A table or another resource does not exist, or is not ready.
    ResourceNotFound,
    /// A resource is in a state in which it cannot be changed.
    ResourceInUse,
    /// The condition of a write was false.
    ConditionalCheckFailed,
    /// Too many operations of one kind at a time.
    LimitExceeded,
    /// A shard iterator was used too late.
    ExpiredIterator,
    /// The records asked for are older than a stream keeps them.
    TrimmedDataAccess,
    /// An INSERT of an item that is there.
    DuplicateItem,
    /// An item collection is too large.
    ItemCollectionSizeLimitExceeded,
    /// A transaction was not carried out.
    TransactionCanceled,
    /// Another transaction is changing the item.
    TransactionConflict,
    /// A transaction with this token is being carried out.
    TransactionInProgress,
    /// A client token was used again with another request.
    IdempotentParameterMismatch,
    /// A table or an index has no provisioned capacity left for now.
    ProvisionedThroughputExceeded,
    /// A table or an index that is paid per request has no capacity left for now.
    Throttling,
    /// A table does not exist, as operations of backups call it.
    TableNotFound,
    /// A backup does not exist.
    BackupNotFound,
    /// An export does not exist.
    ExportNotFound,
    /// An import does not exist.
    ImportNotFound,
    /// A global table does not exist.
    GlobalTableNotFound,
    /// A resource has no policy, or not the expected one.
    PolicyNotFound,
    /// A fault of ours.
    Internal,
}

/// An exception: its kind, its message, and the item that a failed condition was asked to return.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    item: Option<Item>,
    reasons: Vec<CancellationReason>,
    family: Family,
    throttled: Option<Box<Throttled>>,
}

/// Why an action of a transaction was not carried out, or that it is not the one to blame.
#[derive(Clone, Debug, PartialEq)]
pub struct CancellationReason {
    /// `Code`, `None` for an action that is not to blame.
    pub code: &'static str,
    /// `Message`.
    pub message: Option<Cow<'static, str>>,
    /// `Item`: the item as it is, when a failed condition was asked to return it.
    pub item: Option<Item>,
}

impl CancellationReason {
    /// Of an action that is not to blame.
    pub const NONE: Self = Self { code: "None", message: None, item: None };

    /// The reason that an exception is inside a transaction.
    pub fn of(error: Error) -> Self {
        let code = match error.kind {
            ErrorKind::ConditionalCheckFailed => "ConditionalCheckFailed",
            ErrorKind::DuplicateItem => "DuplicateItem",
            ErrorKind::ItemCollectionSizeLimitExceeded => "ItemCollectionSizeLimitExceeded",
            ErrorKind::TransactionConflict => "TransactionConflict",
            ErrorKind::ProvisionedThroughputExceeded => "ProvisionedThroughputExceeded",
            ErrorKind::Throttling => "ThrottlingError",
            ErrorKind::ResourceNotFound => "ResourceNotFound",
            _ => "ValidationError",
        };
        Self { code, message: Some(error.message), item: error.item }
    }
}

impl Error {
    /// An exception of `kind` with `message`.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let (family, message) = (Family::Plain, message.into());
        Self { kind, message, item: None, reasons: Vec::new(), family, throttled: None }
    }

    /// A ValidationException whose text is the same on every operation.
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Validation, message)
    }

    /// A ValidationException of the families that PutItem and UpdateItem report behind
    /// `1 validation error detected: ` since mid-2026 (captured on AWS in June and August 2026).
    pub fn request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::of_family(Family::Request, message)
    }

    /// A ValidationException whose text was another one before mid-2026 (`wording.rs`).
    pub(crate) fn of_family(family: Family, message: impl Into<Cow<'static, str>>) -> Self {
        Self { family, ..Self::validation(message) }
    }

    /// The same, of a family.
    #[must_use]
    pub(crate) fn in_family(self, family: Family) -> Self {
        Self { family, ..self }
    }

    /// Something has no capacity left for now.
    pub(crate) fn throttled(throttled: Throttled) -> Self {
        let (kind, message) = throttled.exception();
        Self { throttled: Some(Box::new(throttled)), ..Self::new(kind, message) }
    }

    /// `One or more parameter values were invalid: ` and the rest.
    pub fn parameter(rest: impl fmt::Display) -> Self {
        Self::validation(format!("One or more parameter values were invalid: {rest}"))
    }

    /// The condition of a write was false. `item` is the item as it is, when the request asked for it.
    pub fn conditional_check_failed(item: Option<Item>) -> Self {
        Self { item, ..Self::new(ErrorKind::ConditionalCheckFailed, "The conditional request failed") }
    }

    /// An INSERT of an item that is there.
    pub fn duplicate_item() -> Self {
        Self::new(ErrorKind::DuplicateItem, "Duplicate primary key exists in table")
    }

    /// `Subscriber limit exceeded: ` and the rest.
    pub fn limit_exceeded(rest: impl fmt::Display) -> Self {
        Self::new(ErrorKind::LimitExceeded, format!("Subscriber limit exceeded: {rest}"))
    }

    /// An item of more than 400 KB.
    pub fn item_too_large() -> Self {
        Self::validation("Item size has exceeded the maximum allowed size")
    }

    /// A read of an index that its table does not have.
    pub fn index_not_found(name: &str) -> Self {
        Self::validation(format!("The table does not have the specified index: {name}"))
    }

    /// The table of a data operation does not exist.
    pub fn table_not_found() -> Self {
        Self::new(ErrorKind::ResourceNotFound, "Requested resource not found")
    }

    /// The table of a control-plane operation does not exist.
    pub fn named_table_not_found(name: &str) -> Self {
        Self::new(ErrorKind::ResourceNotFound, format!("Requested resource not found: Table: {name} not found"))
    }

    /// The stream of an operation does not exist.
    pub fn stream_not_found(arn: &str) -> Self {
        Self::new(ErrorKind::ResourceNotFound, format!("Requested resource not found: Stream: {arn} not found"))
    }

    /// A text in the place of a stream's ARN is none.
    pub fn invalid_stream_arn() -> Self {
        Self::validation("Invalid StreamArn")
    }

    /// The shard of an operation does not exist.
    pub fn shard_not_found() -> Self {
        Self::new(ErrorKind::ResourceNotFound, "Requested resource not found: Shard does not exist")
    }

    /// A shard iterator is more than 15 minutes old.
    pub fn expired_iterator() -> Self {
        Self::new(ErrorKind::ExpiredIterator, "The provided iterator exceeds the maximum age allowed.")
    }

    /// The place in a shard is older than 24 hours.
    pub fn trimmed() -> Self {
        Self::new(
            ErrorKind::TrimmedDataAccess,
            "The operation attempted to read past the oldest stream record in a shard.",
        )
    }

    /// A transaction was not carried out, for reasons of its actions, in their order.
    pub fn transaction_canceled(reasons: Vec<CancellationReason>) -> Self {
        let codes: Vec<&str> = reasons.iter().map(|reason| reason.code).collect();
        let message = format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        );
        Self { reasons, ..Self::new(ErrorKind::TransactionCanceled, message) }
    }

    /// Another transaction is changing the item.
    pub fn transaction_conflict() -> Self {
        Self::new(ErrorKind::TransactionConflict, "Transaction is ongoing for the item")
    }

    /// A fault of ours; `reason` is for the log, not for the caller.
    pub fn internal(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Internal, reason)
    }

    /// Which exception this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The text that AWS sends.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The item returned with a failed condition.
    pub fn item(&self) -> Option<&Item> {
        self.item.as_ref()
    }

    /// Why a transaction was canceled, one reason an action.
    pub fn reasons(&self) -> &[CancellationReason] {
        &self.reasons
    }

    /// The same with the reasons of a canceled transaction as `told` tells them, by their places.
    #[must_use]
    pub(crate) fn with_reasons(self, told: impl Fn(usize, CancellationReason) -> CancellationReason) -> Self {
        if self.kind != ErrorKind::TransactionCanceled {
            return self;
        }
        let reasons = self.reasons.into_iter().enumerate();
        Self::transaction_canceled(reasons.map(|(place, reason)| told(place, reason)).collect())
    }

    /// What has no capacity left, of an error that says so.
    pub fn throttled_by(&self) -> Option<&Throttled> {
        self.throttled.as_deref()
    }

    /// Whether the same request may pass a little later, because it was throttled.
    pub fn is_throttled(&self) -> bool {
        self.throttled.is_some()
    }

    /// As a caller from `region` sees it: ARNs are of that region.
    #[must_use]
    pub(crate) fn seen_from(mut self, region: &str) -> Self {
        if let Some(throttled) = &mut self.throttled {
            throttled.locate(region);
        }
        self
    }

    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// The same with another text, which is final.
    #[must_use]
    pub(crate) fn reworded(self, reword: impl FnOnce(&str) -> String) -> Self {
        let message = reword(&self.message).into();
        Self { message, family: Family::Plain, ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Error {}

impl From<statordb_store::StoreError> for Error {
    fn from(error: statordb_store::StoreError) -> Self {
        Self::internal(error.to_string())
    }
}
