//! Pages of filters that a section holds by itself, so that asking a filter costs no look into the cache.
//!
//! Nearly every read asks the filters of several sections, and all filters together are small: ten bits for each key. A
//! page is held from the first time on that it is read, as long as all pages that are held fit into their part of the
//! memory; what does not fit goes through the cache.

use super::cache::BlockCache;
use super::filter::Filter;
use super::records::Block;
use std::sync::OnceLock;

/// The pages of one filter.
#[derive(Debug, Default)]
pub(super) struct HeldPages(OnceLock<Box<[OnceLock<Block>]>>);

impl HeldPages {
    /// A page, if it is held.
    pub(super) fn get(&self, page: u32) -> Option<&Block> {
        self.0.get()?.get(page as usize)?.get()
    }

    /// Holds a page, if there is room; whether it is held now.
    pub(super) fn hold(&self, filter: &Filter, page: u32, block: &Block, cache: &BlockCache) -> bool {
        let Some(slot) = self.slots(filter, cache).and_then(|slots| slots.get(page as usize)) else { return false };
        if slot.get().is_none() && cache.take_room(block.len()) && slot.set(Block::clone(block)).is_err() {
            cache.give_room(block.len());
        }
        slot.get().is_some()
    }

    /// A slot for each page, if there is room for them.
    fn slots(&self, filter: &Filter, cache: &BlockCache) -> Option<&[OnceLock<Block>]> {
        if self.0.get().is_none() {
            let bytes = filter.pages() as usize * size_of::<OnceLock<Block>>();
            let is_made = cache.take_room(bytes);
            if is_made && self.0.set((0..filter.pages()).map(|_| OnceLock::new()).collect()).is_err() {
                cache.give_room(bytes);
            }
        }
        self.0.get().map(|slots| &**slots)
    }

    /// Lets all pages go.
    pub(super) fn let_go(&mut self, cache: &BlockCache) {
        if let Some(slots) = self.0.take() {
            let pages = slots.iter().filter_map(OnceLock::get).map(|block| block.len()).sum::<usize>();
            cache.give_room(slots.len() * size_of::<OnceLock<Block>>() + pages);
        }
    }
}
