//! What a request can be answered with instead of a result: an exception by its name on the wire, with its text.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use statordb_engine::error::{CancellationReason, Error, ErrorKind};
use statordb_engine::throttle::Throttled;
use statordb_engine::value::Item;

use crate::answer::ItemBody;

/// An exception: its name, its text, and the item that a failed condition was asked to return.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    exception: Exception,
    message: Option<Cow<'static, str>>,
    item: Option<Item>,
    reasons: Vec<CancellationReason>,
    throttled: Option<Box<Throttled>>,
}

/// The exceptions of this version, by the names that AWS gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// The body is not what the operation takes.
    Serialization,
    /// No such operation.
    UnknownOperation,
    /// The request is not signed.
    MissingAuthenticationToken,
    /// The signature lacks a piece.
    IncompleteSignature,
    /// The signature contradicts itself.
    InvalidSignature,
    /// The request is not a valid one.
    Validation,
    /// A table or another resource does not exist.
    ResourceNotFound,
    /// A resource is in a state in which it cannot be changed.
    ResourceInUse,
    /// Too many operations of one kind at a time.
    LimitExceeded,
    /// The condition of a write was false.
    ConditionalCheckFailed,
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
    /// A shard iterator was used too late.
    ExpiredIterator,
    /// The stream records asked for are not kept any more.
    TrimmedDataAccess,
    /// Too much at a time; the same request may pass later.
    Throttling,
    /// The same, because the server itself is short of something.
    Overloaded,
    /// A fault of ours.
    InternalServerError,
}

impl Exception {
    /// The name with its `Exception`, as SDKs know it.
    pub fn name(self) -> &'static str {
        let kind = self.kind();
        kind.split_once('#').map_or(kind, |(_, name)| name)
    }

    /// The value of `__type`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Serialization => "com.amazon.coral.service#SerializationException",
            Self::UnknownOperation => "com.amazon.coral.service#UnknownOperationException",
            Self::MissingAuthenticationToken => "com.amazon.coral.service#MissingAuthenticationTokenException",
            Self::IncompleteSignature => "com.amazon.coral.service#IncompleteSignatureException",
            Self::InvalidSignature => "com.amazon.coral.service#InvalidSignatureException",
            Self::Validation => "com.amazon.coral.validate#ValidationException",
            Self::ResourceNotFound => "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            Self::ResourceInUse => "com.amazonaws.dynamodb.v20120810#ResourceInUseException",
            Self::LimitExceeded => "com.amazonaws.dynamodb.v20120810#LimitExceededException",
            Self::ConditionalCheckFailed => "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            Self::DuplicateItem => "com.amazonaws.dynamodb.v20120810#DuplicateItemException",
            Self::ItemCollectionSizeLimitExceeded => {
                "com.amazonaws.dynamodb.v20120810#ItemCollectionSizeLimitExceededException"
            }
            Self::TransactionCanceled => "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            Self::TransactionConflict => "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
            Self::TransactionInProgress => "com.amazonaws.dynamodb.v20120810#TransactionInProgressException",
            Self::IdempotentParameterMismatch => {
                "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"
            }
            Self::ProvisionedThroughputExceeded => {
                "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
            }
            Self::Throttling | Self::Overloaded => "com.amazonaws.dynamodb.v20120810#ThrottlingException",
            Self::TableNotFound => "com.amazonaws.dynamodb.v20120810#TableNotFoundException",
            Self::BackupNotFound => "com.amazonaws.dynamodb.v20120810#BackupNotFoundException",
            Self::ExportNotFound => "com.amazonaws.dynamodb.v20120810#ExportNotFoundException",
            Self::ImportNotFound => "com.amazonaws.dynamodb.v20120810#ImportNotFoundException",
            Self::GlobalTableNotFound => "com.amazonaws.dynamodb.v20120810#GlobalTableNotFoundException",
            Self::PolicyNotFound => "com.amazonaws.dynamodb.v20120810#PolicyNotFoundException",
            Self::ExpiredIterator => "com.amazonaws.dynamodb.v20120810#ExpiredIteratorException",
            Self::TrimmedDataAccess => "com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException",
            Self::InternalServerError => "com.amazonaws.dynamodb.v20120810#InternalServerError",
        }
    }

    /// The status code.
    pub fn status(self) -> u16 {
        match self {
            Self::InternalServerError => 500,
            // The one source of it is the listener, short of memory: SDKs and proxies both know to come back.
            Self::Overloaded => 503,
            _ => 400,
        }
    }
}

impl Failure {
    /// An exception with its text.
    pub fn new(exception: Exception, message: impl Into<Cow<'static, str>>) -> Self {
        Self { exception, message: Some(message.into()), ..Self::silent(exception) }
    }

    /// An exception that AWS sends without a text.
    pub fn silent(exception: Exception) -> Self {
        Self { exception, message: None, item: None, reasons: Vec::new(), throttled: None }
    }

    pub(crate) fn serialization(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Exception::Serialization, message)
    }

    pub(crate) fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Exception::Validation, message)
    }

    /// A fault of ours; its cause is not for the caller.
    pub(crate) fn internal() -> Self {
        Self::new(Exception::InternalServerError, "The request processing has failed because of an unknown error")
    }

    pub(crate) fn not_yet(operation: &str) -> Self {
        let text = format!("this version of StatorDB does not support `{operation}` yet");
        Self::new(Exception::UnknownOperation, text)
    }

    /// Which exception this is.
    pub fn exception(&self) -> Exception {
        self.exception
    }

    /// The text; a few exceptions have none.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The item returned with a failed condition.
    pub fn item(&self) -> Option<&Item> {
        self.item.as_ref()
    }

    /// The member that says what was throttled, when something was: its spelling depends on the exception (API model).
    pub fn throttling_member(&self) -> Option<&'static str> {
        self.throttled.as_ref().map(|_| match self.exception {
            Exception::Throttling => "throttlingReasons",
            _ => "ThrottlingReasons",
        })
    }

    /// `CancellationReasons` of a canceled transaction, one an action.
    pub fn reasons(&self) -> &[CancellationReason] {
        &self.reasons
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exception = match error.kind() {
            ErrorKind::Validation => Exception::Validation,
            ErrorKind::ResourceNotFound => Exception::ResourceNotFound,
            ErrorKind::ResourceInUse => Exception::ResourceInUse,
            ErrorKind::ConditionalCheckFailed => Exception::ConditionalCheckFailed,
            ErrorKind::DuplicateItem => Exception::DuplicateItem,
            ErrorKind::LimitExceeded => Exception::LimitExceeded,
            ErrorKind::ItemCollectionSizeLimitExceeded => Exception::ItemCollectionSizeLimitExceeded,
            ErrorKind::TransactionCanceled => Exception::TransactionCanceled,
            ErrorKind::TransactionConflict => Exception::TransactionConflict,
            ErrorKind::TransactionInProgress => Exception::TransactionInProgress,
            ErrorKind::IdempotentParameterMismatch => Exception::IdempotentParameterMismatch,
            ErrorKind::ProvisionedThroughputExceeded => Exception::ProvisionedThroughputExceeded,
            ErrorKind::Throttling => Exception::Throttling,
            ErrorKind::TableNotFound => Exception::TableNotFound,
            ErrorKind::BackupNotFound => Exception::BackupNotFound,
            ErrorKind::ExportNotFound => Exception::ExportNotFound,
            ErrorKind::ImportNotFound => Exception::ImportNotFound,
            ErrorKind::GlobalTableNotFound => Exception::GlobalTableNotFound,
            ErrorKind::PolicyNotFound => Exception::PolicyNotFound,
            ErrorKind::ExpiredIterator => Exception::ExpiredIterator,
            ErrorKind::TrimmedDataAccess => Exception::TrimmedDataAccess,
            ErrorKind::Internal => return Self::internal(),
        };
        Self {
            exception,
            message: Some(error.message().to_owned().into()),
            item: error.item().cloned(),
            reasons: error.reasons().to_vec(),
            throttled: error.throttled_by().cloned().map(Box::new),
        }
    }
}

/// The body of an error reply. SerializationException alone spells `Message` with a capital, as on AWS.
impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("__type", self.exception.kind())?;
        if !self.reasons.is_empty() {
            map.serialize_entry("CancellationReasons", &Reasons(&self.reasons))?;
        }
        if let (Some(throttled), Some(member)) = (&self.throttled, self.throttling_member()) {
            map.serialize_entry(member, &[ThrottlingBody(throttled)])?;
        }
        if let Some(message) = &self.message {
            let key = if self.exception == Exception::Serialization { "Message" } else { "message" };
            map.serialize_entry(key, message)?;
        }
        if let Some(item) = &self.item {
            map.serialize_entry("Item", &ItemBody(item.view()))?;
        }
        map.end()
    }
}

/// A `ThrottlingReason`.
struct ThrottlingBody<'s>(&'s Throttled);

impl Serialize for ThrottlingBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("reason", &self.0.reason())?;
        map.serialize_entry("resource", self.0.resource())?;
        map.end()
    }
}

struct Reasons<'s>(&'s [CancellationReason]);

impl Serialize for Reasons<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ReasonBody))
    }
}

/// One element of `CancellationReasons`.
#[derive(Clone, Copy, Debug)]
pub struct ReasonBody<'s>(pub &'s CancellationReason);

impl Serialize for ReasonBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CancellationReason { code, message, item } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Code", code)?;
        if let Some(message) = message {
            map.serialize_entry("Message", message)?;
        }
        if let Some(item) = item {
            map.serialize_entry("Item", &ItemBody(item.view()))?;
        }
        map.end()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(formatter, "{}: {message}", self.exception.name()),
            None => formatter.write_str(self.exception.name()),
        }
    }
}

impl std::error::Error for Failure {}
