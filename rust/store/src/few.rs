//! A list that holds one element without allocating, since most transactions touch one key of one partition.

/// None, one or many, in the order they were pushed.
pub(crate) enum Few<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(crate) fn new() -> Self {
        Self::Many(Vec::new())
    }

    pub(crate) fn push(&mut self, item: T) {
        match self {
            Self::Many(items) if items.capacity() > 0 => items.push(item),
            Self::Many(_) => *self = Self::One(item),
            Self::One(_) => {
                if let Self::One(first) = std::mem::replace(self, Self::new()) {
                    *self = Self::Many(vec![first, item]);
                }
            }
        }
    }

    pub(crate) fn into_each(self, mut each: impl FnMut(T)) {
        match self {
            Self::One(item) => each(item),
            Self::Many(items) => items.into_iter().for_each(each),
        }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => std::slice::from_mut(item),
            Self::Many(items) => items,
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::new();
        items.into_iter().for_each(|item| few.push(item));
        few
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn a_list_keeps_its_order_from_none_to_many() {
        for count in 0..5 {
            let mut few: Few<u32> = (0..count).collect();
            assert_eq!(few.as_slice(), (0..count).collect::<Vec<_>>());
            assert_eq!(few.as_mut_slice().len(), count as usize);
        }
    }
}
