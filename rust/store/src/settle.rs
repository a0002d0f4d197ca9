//! Waiting once for many: what a thread has read and committed, when it is to be waited for by another.
//!
//! A store waits inside a read that meets a commit which is not durable yet, and inside `wait_durable`. A caller that has
//! a better place to wait, because it answers many requests with few threads or makes many commits for one answer, runs
//! its work with [`deferring`]: nothing waits then, and it is told the last commit that has to be durable before anything
//! of the result may be shown.

use std::cell::Cell;

use crate::CommitSeq;

thread_local! {
    /// The last commit met, while this thread defers.
    static MET: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Puts back what was noted outside, also where the work panics.
struct Outer(Option<u64>);

impl Drop for Outer {
    fn drop(&mut self) {
        let outer = self.0;
        MET.with(|met| met.set(outer.map(|outer| outer.max(met.get().unwrap_or(0)))));
    }
}

/// Runs work of this thread on one store without waiting for anything to become durable. Returns its result, and the
/// last commit that `Store::wait_durable` or `Store::when_durable` has to be asked about before the result is shown to
/// anybody; none where nothing was met.
pub fn deferring<T>(work: impl FnOnce() -> T) -> (T, Option<CommitSeq>) {
    let outer = Outer(MET.with(|met| met.replace(Some(0))));
    let result = work();
    let met = MET.with(Cell::get).filter(|met| *met > 0);
    drop(outer);
    (result, met.map(CommitSeq))
}

/// Notes a commit, if this thread defers; tells whether it does.
pub(crate) fn defer(commit: u64) -> bool {
    MET.with(|met| match met.get() {
        Some(last) => {
            met.set(Some(last.max(commit)));
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_commit_met_is_told_and_nothing_is_noted_outside() {
        assert!(!defer(7));
        let (result, met) = deferring(|| {
            assert!(defer(5) && defer(3));
            let ((), inner) = deferring(|| assert!(defer(9)));
            assert_eq!(inner, Some(CommitSeq(9)));
            "done"
        });
        assert_eq!((result, met), ("done", Some(CommitSeq(9))));
        assert_eq!(deferring(|| ()).1, None);
        let panics = std::panic::catch_unwind(|| deferring(|| panic!("inside")));
        assert!(panics.is_err() && !defer(1));
    }
}
