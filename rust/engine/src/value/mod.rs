//! Attribute values and items.
//!
//! An item lives as canonical bytes ([`Item`], seen through [`ItemRef`] and [`ValueRef`]); it is made by [`Builder`] alone.
//! A [`Value`] is the decoded form of one attribute, for the few places that change values.

mod builder;
mod codec;
mod number;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use statordb_store::Bytes;

pub(crate) use builder::ItemWriter;
pub use builder::{Builder, EncodedValue, ValueError};
pub use codec::{Attributes, ItemRef, NumberBuffer, ValueRef};
pub use number::{Number, NumberError};

/// The ten attribute types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
    /// Boolean.
    Bool,
    /// Null.
    Null,
    /// String set.
    Ss,
    /// Number set.
    Ns,
    /// Binary set.
    Bs,
    /// List.
    L,
    /// Map.
    M,
}

impl Kind {
    /// The type descriptor, as it stands in JSON and in most messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::Bool => "BOOL",
            Self::Null => "NULL",
            Self::Ss => "SS",
            Self::Ns => "NS",
            Self::Bs => "BS",
            Self::L => "L",
            Self::M => "M",
        }
    }

    /// The type of a descriptor.
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [Kind; 10] =
            [Kind::S, Kind::N, Kind::B, Kind::Bool, Kind::Null, Kind::Ss, Kind::Ns, Kind::Bs, Kind::L, Kind::M];
        ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// S, N and B: types that have an order and may be keys.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::S | Self::N | Self::B)
    }

    /// SS, NS and BS.
    pub fn is_set(self) -> bool {
        matches!(self, Self::Ss | Self::Ns | Self::Bs)
    }

    /// Sets, lists and maps.
    pub fn is_container(self) -> bool {
        self.is_set() || matches!(self, Self::L | Self::M)
    }
}

/// A decoded value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// String.
    S(String),
    /// Number.
    N(Number),
    /// Binary.
    B(Vec<u8>),
    /// Boolean.
    Bool(bool),
    /// Null.
    Null,
    /// String set.
    Ss(BTreeSet<String>),
    /// Number set.
    Ns(BTreeSet<Number>),
    /// Binary set.
    Bs(BTreeSet<Vec<u8>>),
    /// List.
    L(Vec<Value>),
    /// Map.
    M(BTreeMap<String, Value>),
}

impl Value {
    /// The value's type.
    pub fn kind(&self) -> Kind {
        match self {
            Self::S(_) => Kind::S,
            Self::N(_) => Kind::N,
            Self::B(_) => Kind::B,
            Self::Bool(_) => Kind::Bool,
            Self::Null => Kind::Null,
            Self::Ss(_) => Kind::Ss,
            Self::Ns(_) => Kind::Ns,
            Self::Bs(_) => Kind::Bs,
            Self::L(_) => Kind::L,
            Self::M(_) => Kind::M,
        }
    }
}

/// One item in canonical bytes; cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Item(Bytes);

impl Item {
    /// An item with no attribute.
    pub fn empty() -> Self {
        Builder::item().finish_unchecked()
    }

    /// Takes stored bytes; nothing if they are not an item that this build reads.
    pub fn from_bytes(bytes: Bytes) -> Option<Self> {
        ItemRef::parse(&bytes)?;
        Some(Self(bytes))
    }

    pub(crate) fn trusted(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The view that reads it.
    pub fn view(&self) -> ItemRef<'_> {
        ItemRef::trusted(&self.0)
    }

    /// The bytes as they are stored.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.view(), formatter)
    }
}
