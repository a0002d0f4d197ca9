//! placeholder
use std::{fmt, ops::Deref, sync::Arc};
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(Arc<[u8]>);
impl From<Vec<u8>> for Bytes { fn from(v: Vec<u8>) -> Self { Self(v.into()) } }
impl From<&[u8]> for Bytes { fn from(v: &[u8]) -> Self { Self(v.into()) } }
impl Deref for Bytes { type Target = [u8]; fn deref(&self) -> &[u8] { &self.0 } }
#[derive(Debug)]
pub enum StoreError {}
impl fmt::Display for StoreError { fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result { Ok(()) } }
