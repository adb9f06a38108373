//! Maps and sets as sorted vectors.
//!
//! A client holds at most some hundreds of anything, where a vector is as fast as a tree, and its code, which is made
//! anew for each type, is a fraction of the size: in a browser every byte of it is downloaded. The functions are those
//! of the standard library's trees, as far as they are used.

use std::ops::RangeInclusive;

/// A map in the order of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Map<K, V>(Vec<(K, V)>);

/// A set in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set<T>(Vec<T>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Map<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let index = self.find(key).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let index = self.find(key).ok()?;
        self.0.get_mut(index).map(|(_, value)| value)
    }

    /// A value there was before is dropped.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (key, value)),
        }
    }

    /// The value of the key, which is put there if there is none.
    pub(crate) fn get_or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let index = self.find(&key).unwrap_or_else(|index| {
            self.0.insert(index, (key, value()));
            index
        });
        &mut self.0[index].1
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let index = self.find(key).ok()?;
        Some(self.0.remove(index).1)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Entries whose keys lie in the range.
    pub(crate) fn range(&self, keys: RangeInclusive<K>) -> impl Iterator<Item = (&K, &V)> {
        let from = self.find(keys.start()).unwrap_or_else(|index| index);
        self.iter().skip(from).take_while(move |(key, _)| *key <= keys.end())
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (K, V)> {
        self.0.into_iter()
    }

    fn find(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(there, _)| there.cmp(key))
    }
}

impl<T: Ord> Set<T> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn contains(&self, member: &T) -> bool {
        self.0.binary_search(member).is_ok()
    }

    pub(crate) fn insert(&mut self, member: T) {
        if let Err(index) = self.0.binary_search(&member) {
            self.0.insert(index, member);
        }
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, member: &T) -> bool {
        let found = self.0.binary_search(member);
        found.is_ok_and(|index| {
            self.0.remove(index);
            true
        })
    }

    pub(crate) fn pop_first(&mut self) -> Option<T> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    /// Members of this set that are not in the other.
    pub(crate) fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a T> {
        self.0.iter().filter(|member| !other.contains(member))
    }

    /// Whether a member lies in the range.
    pub(crate) fn meets(&self, range: RangeInclusive<T>) -> bool {
        let from = self.0.binary_search(range.start()).unwrap_or_else(|index| index);
        self.0.get(from).is_some_and(|member| member <= range.end())
    }

    pub(crate) fn extend(&mut self, members: impl IntoIterator<Item = T>) {
        members.into_iter().for_each(|member| self.insert(member));
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut set = Self::default();
        set.extend(members);
        set
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Numbers that look like chance (the generator of Park and Miller, 1988).
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        std::iter::successors(Some(seed), |last| Some(last * 48_271 % 2_147_483_647))
    }

    #[test]
    fn a_map_is_what_a_tree_is() {
        let (mut map, mut tree) = (Map::default(), BTreeMap::new());
        for number in numbers(7).take(4_000) {
            let (key, value) = (number % 61, number);
            match number / 61 % 4 {
                0 => assert_eq!(map.remove(&key), tree.remove(&key)),
                1 => assert_eq!(map.get_or_insert_with(key, || value), tree.entry(key).or_insert(value)),
                2 if key == 60 => {
                    map.retain(|key, _| key % 3 > 0);
                    tree.retain(|key, _| key % 3 > 0);
                }
                _ => {
                    map.insert(key, value);
                    tree.insert(key, value);
                }
            }
            assert_eq!((map.get(&key), map.contains_key(&key)), (tree.get(&key), tree.contains_key(&key)));
            assert_eq!(map.len(), tree.len());
            assert!(map.iter().eq(tree.iter()));
            assert!(map.range(key..=key + 9).eq(tree.range(key..=key + 9)));
        }
        assert!(map.into_entries().eq(tree));
    }

    #[test]
    fn a_set_is_what_a_tree_is() {
        let (mut set, mut tree) = (Set::default(), BTreeSet::new());
        for number in numbers(11).take(4_000) {
            let member = number % 61;
            match number / 61 % 4 {
                0 => assert_eq!(set.remove(&member), tree.remove(&member)),
                1 => assert_eq!(set.pop_first(), tree.pop_first()),
                _ => {
                    set.extend([member, member / 2]);
                    tree.extend([member, member / 2]);
                }
            }
            assert_eq!(set.contains(&member), tree.contains(&member));
            assert_eq!(set.meets(member..=member + 3), tree.range(member..=member + 3).next().is_some());
            let other: Vec<u64> = numbers(number + 1).take(9).map(|number| number % 61).collect();
            let (few, fewer) = (other.iter().copied().collect::<Set<_>>(), other.iter().copied().collect());
            assert!(set.difference(&few).eq(tree.difference(&fewer)));
            assert!(set.iter().eq(&tree));
        }
        assert!(set.into_iter().eq(tree));
    }
}
