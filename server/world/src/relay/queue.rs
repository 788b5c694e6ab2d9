//! Things that wait until they are due. Pure: the caller brings the time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A queue ordered by due time; equals leave in the order they came.
#[derive(Debug)]
pub struct DelayQueue<T> {
    heap: BinaryHeap<Reverse<Waiting<T>>>,
    pushed: u64,
}

#[derive(Debug)]
struct Waiting<T> {
    due_ns: u64,
    order: u64,
    item: T,
}

impl<T> Waiting<T> {
    fn rank(&self) -> (u64, u64) {
        (self.due_ns, self.order)
    }
}

impl<T> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl<T> Eq for Waiting<T> {}

impl<T> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl<T> Default for DelayQueue<T> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            pushed: 0,
        }
    }
}

impl<T> DelayQueue<T> {
    /// Lets `item` wait until `due_ns`.
    pub fn push(&mut self, due_ns: u64, item: T) {
        let order = self.pushed;
        self.pushed += 1;
        self.heap.push(Reverse(Waiting {
            due_ns,
            order,
            item,
        }));
    }

    /// When the first item is due.
    pub fn next_due(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse(waiting)| waiting.due_ns)
    }

    /// The first item and its due time, if that has come. Never early.
    pub fn pop_due(&mut self, now_ns: u64) -> Option<(u64, T)> {
        if self.next_due()? > now_ns {
            return None;
        }
        let Reverse(waiting) = self.heap.pop()?;
        Some((waiting.due_ns, waiting.item))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn never_early_never_lost_and_in_order(dues in proptest::collection::vec(0u64..50, 0..100)) {
            let mut queue = DelayQueue::default();
            for (index, due) in dues.iter().enumerate() {
                queue.push(*due, index);
            }
            let mut left = Vec::new();
            for now in 0..50 {
                while let Some((due, index)) = queue.pop_due(now) {
                    prop_assert!(due <= now);
                    prop_assert_eq!(due, dues[index]);
                    left.push((due, index));
                }
                prop_assert!(queue.next_due().is_none_or(|due| due > now));
            }
            prop_assert!(queue.is_empty());
            prop_assert_eq!(left.len(), dues.len());
            prop_assert!(left.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
