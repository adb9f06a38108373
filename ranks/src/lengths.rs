//! The lengths of the blocks in rank order, with prefix sums: which ranks a block holds, and which block holds a rank.
//! A Fenwick tree makes both logarithmic; adding or taking away a block rebuilds it in one linear pass, which is cheap
//! because that happens once in many changes. It does not know the blocks themselves; see `index.rs`.

#[derive(Clone, Debug, Default)]
pub(crate) struct Lengths {
    lens: Vec<u32>,
    /// `tree[i]` sums the `lowest_bit(i + 1)` lengths that end with `lens[i]`.
    tree: Vec<u32>,
}

impl Lengths {
    pub(crate) fn new(lens: Vec<u32>) -> Self {
        let mut lengths = Self { lens, tree: Vec::new() };
        lengths.rebuild();
        lengths
    }

    pub(crate) fn get(&self, position: usize) -> usize {
        self.lens[position] as usize
    }

    pub(crate) fn set(&mut self, position: usize, len: usize) {
        let len = len as u32;
        let change = len.wrapping_sub(self.lens[position]);
        self.lens[position] = len;
        let mut i = position + 1;
        while let Some(sum) = self.tree.get_mut(i - 1) {
            *sum = sum.wrapping_add(change);
            i += i & i.wrapping_neg();
        }
    }

    pub(crate) fn insert(&mut self, position: usize, len: usize) {
        self.lens.insert(position, len as u32);
        self.rebuild();
    }

    pub(crate) fn remove(&mut self, position: usize) {
        self.lens.remove(position);
        self.rebuild();
    }

    /// The number of rows in the blocks before `position`: the rank of that block's first row.
    pub(crate) fn before(&self, position: usize) -> u32 {
        let mut i = position;
        let mut sum = 0;
        while i > 0 {
            sum += self.tree[i - 1];
            i &= i - 1;
        }
        sum
    }

    /// The block that holds `rank`, and how far into it; the number of blocks if the rank is past the end.
    pub(crate) fn locate(&self, rank: u32) -> (usize, usize) {
        let mut position = 0;
        let mut rest = rank;
        let mut step = (self.tree.len() + 1).next_power_of_two() / 2;
        while step > 0 {
            if let Some(&sum) = self.tree.get(position + step - 1)
                && sum <= rest
            {
                position += step;
                rest -= sum;
            }
            step /= 2;
        }
        (position, rest as usize)
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        (self.lens.capacity() + self.tree.capacity()) * size_of::<u32>()
    }

    fn rebuild(&mut self) {
        self.tree.clear();
        self.tree.extend_from_slice(&self.lens);
        for i in 1..=self.tree.len() {
            let sum = self.tree[i - 1];
            if let Some(parent) = self.tree.get_mut(i + (i & i.wrapping_neg()) - 1) {
                *parent += sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lengths: &Lengths, lens: &[u32]) {
        let mut rank = 0;
        for (position, &len) in lens.iter().enumerate() {
            assert_eq!(lengths.get(position), len as usize);
            assert_eq!(lengths.before(position), rank);
            for offset in 0..len {
                assert_eq!(lengths.locate(rank + offset), (position, offset as usize));
            }
            rank += len;
        }
        assert_eq!(lengths.before(lens.len()), rank);
        assert_eq!(lengths.locate(rank), (lens.len(), 0));
        assert_eq!(lengths.locate(rank + 7), (lens.len(), 7));
    }

    #[test]
    fn sums_and_places_follow_every_change() {
        let mut lengths = Lengths::default();
        let mut lens = Vec::new();
        for n in 0..40usize {
            let position = n * 7 % (lens.len() + 1);
            lengths.insert(position, n % 5);
            lens.insert(position, (n % 5) as u32);
            let changed = n * 3 % lens.len();
            lengths.set(changed, n % 9);
            lens[changed] = (n % 9) as u32;
            check(&lengths, &lens);
        }
        while !lens.is_empty() {
            let position = lens.len() / 2;
            lengths.remove(position);
            lens.remove(position);
            check(&lengths, &lens);
        }
    }
}
