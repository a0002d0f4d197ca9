//! Parsed expressions by their text, shared by all threads.
//!
//! An application sends few texts, each many times. A hit costs a hash, a read lock and a count. What was not asked for
//! lately goes: each shard has a young and an old generation, and when the young one is full it becomes the old one. The
//! cache is bounded in entries and in bytes of text; texts that are not valid are not kept.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Condition, ExpressionKind, KeyCondition, Projection, Update};
use crate::error::Result;

/// A generation of a shard is full with this many texts,
const GENERATION_TEXTS: usize = 64;
/// or with this many bytes of text.
const GENERATION_BYTES: usize = 32 * 1024;
const SHARDS: usize = 8;

/// Parsed expressions, at most 1,024 of each kind.
#[derive(Default)]
pub struct ExpressionCache {
    conditions: Texts<Condition>,
    filters: Texts<Condition>,
    key_conditions: Texts<KeyCondition>,
    projections: Texts<Projection>,
    updates: Texts<Update>,
}

impl ExpressionCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// The condition of a text; `kind` is [`ExpressionKind::Condition`] or [`ExpressionKind::Filter`].
    ///
    /// # Errors
    /// Those of [`Condition::parse`].
    pub fn condition(&self, kind: ExpressionKind, text: &str) -> Result<Arc<Condition>> {
        let texts = match kind {
            ExpressionKind::Filter => &self.filters,
            _ => &self.conditions,
        };
        texts.get(text, |text| Condition::parse(kind, text))
    }

    /// The key condition of a text.
    ///
    /// # Errors
    /// Those of [`KeyCondition::parse`].
    pub fn key_condition(&self, text: &str) -> Result<Arc<KeyCondition>> {
        self.key_conditions.get(text, KeyCondition::parse)
    }

    /// The projection of a text.
    ///
    /// # Errors
    /// Those of [`Projection::parse`].
    pub fn projection(&self, text: &str) -> Result<Arc<Projection>> {
        self.projections.get(text, Projection::parse)
    }

    /// The update of a text.
    ///
    /// # Errors
    /// Those of [`Update::parse`].
    pub fn update(&self, text: &str) -> Result<Arc<Update>> {
        self.updates.get(text, Update::parse)
    }
}

impl std::fmt::Debug for ExpressionCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ExpressionCache").finish_non_exhaustive()
    }
}

/// What texts of one kind were understood as.
pub(crate) struct Texts<T> {
    hasher: RandomState,
    shards: [RwLock<Shard<T>>; SHARDS],
}

/// Entries by the hash of their text. Of two texts with one hash, the later one stays.
struct Shard<T> {
    young: HashMap<u64, Entry<T>, HashIsKey>,
    old: HashMap<u64, Entry<T>, HashIsKey>,
    young_bytes: usize,
}

struct Entry<T> {
    text: Box<str>,
    parsed: Arc<T>,
}

impl<T> Default for Texts<T> {
    fn default() -> Self {
        let shards = std::array::from_fn(|_| RwLock::new(Shard::default()));
        Self { hasher: RandomState::new(), shards }
    }
}

impl<T> Default for Shard<T> {
    fn default() -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), young_bytes: 0 }
    }
}

impl<T> Texts<T> {
    /// What a text was understood as, if that is kept and still `holds`; what `parse` makes of it otherwise.
    pub(crate) fn get_if(
        &self,
        text: &str,
        holds: impl Fn(&T) -> bool,
        parse: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Arc<T>> {
        let hash = self.hasher.hash_one(text);
        let shard = self.shards.get(hash as usize % SHARDS);
        let Some(shard) = shard else { return parse(text).map(Arc::new) };
        let (young, old) = {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            (find(&shard.young, hash, text), find(&shard.old, hash, text))
        };
        if let Some(parsed) = young.filter(|parsed| holds(parsed)) {
            return Ok(parsed);
        }
        let parsed = match old.filter(|parsed| holds(parsed)) {
            Some(parsed) => parsed,
            None => Arc::new(parse(text)?),
        };
        shard.write().unwrap_or_else(PoisonError::into_inner).insert(hash, text, &parsed);
        Ok(parsed)
    }

    fn get(&self, text: &str, parse: impl FnOnce(&str) -> Result<T>) -> Result<Arc<T>> {
        let hash = self.hasher.hash_one(text);
        let shard = self.shards.get(hash as usize % SHARDS);
        let Some(shard) = shard else { return parse(text).map(Arc::new) };
        let found = {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(parsed) = find(&shard.young, hash, text) {
                return Ok(parsed);
            }
            find(&shard.old, hash, text)
        };
        let parsed = match found {
            Some(parsed) => parsed,
            None => Arc::new(parse(text)?),
        };
        shard.write().unwrap_or_else(PoisonError::into_inner).insert(hash, text, &parsed);
        Ok(parsed)
    }
}

fn find<T>(generation: &HashMap<u64, Entry<T>, HashIsKey>, hash: u64, text: &str) -> Option<Arc<T>> {
    let entry = generation.get(&hash)?;
    (*entry.text == *text).then(|| Arc::clone(&entry.parsed))
}

impl<T> Shard<T> {
    fn insert(&mut self, hash: u64, text: &str, parsed: &Arc<T>) {
        if self.young.len() >= GENERATION_TEXTS || self.young_bytes + text.len() > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += text.len();
        self.young.insert(hash, Entry { text: text.into(), parsed: Arc::clone(parsed) });
    }
}

/// The keys are hashes already.
#[derive(Clone, Copy, Default)]
struct HashIsKey;

impl BuildHasher for HashIsKey {
    type Hasher = Taken;

    fn build_hasher(&self) -> Taken {
        Taken(0)
    }
}

struct Taken(u64);

impl std::hash::Hasher for Taken {
    fn write(&mut self, bytes: &[u8]) {
        // Keys are written as one number; this is for completeness.
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parsed_once() {
        let cache = ExpressionCache::new();
        let one = cache.update("SET a = :a").unwrap();
        let two = cache.update("SET a = :a").unwrap();
        assert!(Arc::ptr_eq(&one, &two));
    }

    #[test]
    fn kinds_are_kept_apart() {
        let cache = ExpressionCache::new();
        let condition = cache.condition(ExpressionKind::Condition, "a = :a").unwrap();
        let filter = cache.condition(ExpressionKind::Filter, "a = :a").unwrap();
        assert!(!Arc::ptr_eq(&condition, &filter));
        assert!(cache.projection("a = :a").is_err());
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let cache = ExpressionCache::new();
        let used = cache.projection("used").unwrap();
        for number in 0..20_000 {
            cache.projection(&format!("a{number}")).unwrap();
            assert!(Arc::ptr_eq(&used, &cache.projection("used").unwrap()));
        }
        let entries = |shard: &RwLock<Shard<Projection>>| {
            let shard = shard.read().unwrap();
            shard.young.len() + shard.old.len()
        };
        let kept: usize = cache.projections.shards.iter().map(entries).sum();
        assert!(kept <= 2 * SHARDS * GENERATION_TEXTS, "{kept}");
    }

    #[test]
    fn long_texts_are_bounded_in_bytes() {
        let cache = ExpressionCache::new();
        for number in 0..2_000 {
            cache.projection(&format!("a{number}{}", "x".repeat(4_000))).unwrap();
        }
        let bytes = |shard: &RwLock<Shard<Projection>>| {
            let shard = shard.read().unwrap();
            shard.young.values().chain(shard.old.values()).map(|entry| entry.text.len()).sum::<usize>()
        };
        let kept: usize = cache.projections.shards.iter().map(bytes).sum();
        assert!(kept <= 2 * SHARDS * GENERATION_BYTES, "{kept}");
    }
}
