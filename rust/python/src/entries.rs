//! The entries of a dict, taken before anything is done with them.
//!
//! To read a value may run code of the caller's (an iterator, a mapping), which may change the very dict that is being read;
//! PyO3's own iterator panics then. What was in the dict at first is what counts here.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::types::list::BoundListIterator;

type Entry<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Names and values of a dict, in its order.
pub(crate) enum Entries<'py> {
    /// The typed form is full of dicts of one entry; they need no list.
    Alone(Option<Entry<'py>>),
    Listed(BoundListIterator<'py>),
}

impl<'py> Entries<'py> {
    pub(crate) fn of(dict: &Bound<'py, PyDict>) -> Self {
        if dict.len() > 1 { Self::Listed(dict.items().into_iter()) } else { Self::Alone(dict.iter().next()) }
    }
}

impl<'py> Iterator for Entries<'py> {
    type Item = Entry<'py>;

    fn next(&mut self) -> Option<Entry<'py>> {
        match self {
            Self::Alone(entry) => entry.take(),
            Self::Listed(entries) => entries.next()?.extract().ok(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Alone(entry) => (usize::from(entry.is_some()), Some(1)),
            Self::Listed(entries) => entries.size_hint(),
        }
    }
}
