//! A bounded queue that takes keys in turn.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Priority class of an item. Urgent items of all keys leave before normal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Leaves first.
    Urgent,
    /// Leaves when no urgent item can.
    Normal,
}

/// Maximum number of waiting items of one [`Priority`]. Normal items never take the places of
/// urgent ones.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    /// Items of all keys together.
    pub total: usize,
    /// Items of one key.
    pub per_key: usize,
}

/// A queue with a lane for each key. Items of one key leave in the order in which they came; keys
/// take turns (round robin), so a key with many items delays another key by one item per turn.
#[derive(Debug)]
pub struct FairQueue<K, T> {
    urgent: Lanes<K, T>,
    normal: Lanes<K, T>,
}

#[derive(Debug)]
struct Lanes<K, T> {
    limits: QueueLimits,
    lanes: HashMap<K, VecDeque<T>>,
    /// The keys with a lane, the next one first.
    turns: VecDeque<K>,
    len: usize,
}

impl<K: Clone + Eq + Hash, T> FairQueue<K, T> {
    /// An empty queue with the same limits for both priorities.
    #[must_use]
    pub fn new(limits: QueueLimits) -> Self {
        Self::with_limits(limits, limits)
    }

    /// An empty queue with limits for each priority.
    #[must_use]
    pub fn with_limits(urgent: QueueLimits, normal: QueueLimits) -> Self {
        Self { urgent: Lanes::new(urgent), normal: Lanes::new(normal) }
    }

    /// Number of waiting items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.urgent.len + self.normal.len
    }

    /// Whether no item waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an item of `key` waits.
    #[must_use]
    pub fn has(&self, key: &K) -> bool {
        self.urgent.lanes.contains_key(key) || self.normal.lanes.contains_key(key)
    }

    /// Whether the first item of any key passes `test`.
    pub fn any_front(&self, mut test: impl FnMut(&K, &T) -> bool) -> bool {
        let lanes = self.urgent.lanes.iter().chain(&self.normal.lanes);
        lanes.into_iter().any(|(key, lane)| lane.front().is_some_and(|item| test(key, item)))
    }

    /// Adds `item` behind the others of `key`. When the queue is full, the key with the most items
    /// gives up its last one, which is returned, for a key with fewer: many keys of one client must
    /// not keep others out.
    ///
    /// # Errors
    /// Returns `item` when the share of `key` is full, or the queue is and no key has more items.
    pub fn push(&mut self, key: K, priority: Priority, item: T) -> Result<Option<T>, T> {
        self.lanes(priority).push(key, item)
    }

    /// Removes the next item.
    pub fn pop(&mut self) -> Option<(K, T)> {
        self.pop_if(|_, _| true)
    }

    /// Removes the next item whose key may go now: keys whose first item `may_leave` refuses are
    /// passed over and keep their turn.
    pub fn pop_if(&mut self, mut may_leave: impl FnMut(&K, &T) -> bool) -> Option<(K, T)> {
        self.urgent.pop_if(&mut may_leave).or_else(|| self.normal.pop_if(&mut may_leave))
    }

    /// Removes the items that `keep` refuses, such as those whose callers are gone.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.urgent.retain(&mut keep);
        self.normal.retain(&mut keep);
    }

    fn lanes(&mut self, priority: Priority) -> &mut Lanes<K, T> {
        match priority {
            Priority::Urgent => &mut self.urgent,
            Priority::Normal => &mut self.normal,
        }
    }
}

impl<K: Clone + Eq + Hash, T> Lanes<K, T> {
    fn new(limits: QueueLimits) -> Self {
        Self { limits, lanes: HashMap::new(), turns: VecDeque::new(), len: 0 }
    }

    fn push(&mut self, key: K, item: T) -> Result<Option<T>, T> {
        let of_key = self.lanes.get(&key).map_or(0, VecDeque::len);
        if of_key >= self.limits.per_key {
            return Err(item);
        }
        let mut evicted = None;
        if self.len >= self.limits.total {
            evicted = self.evict(of_key + 1);
            if evicted.is_none() {
                return Err(item);
            }
        }
        if of_key == 0 {
            self.turns.push_back(key.clone());
        }
        self.lanes.entry(key).or_default().push_back(item);
        self.len += 1;
        Ok(evicted)
    }

    /// Removes the last item of the longest lane, if that has more than `most` items.
    fn evict(&mut self, most: usize) -> Option<T> {
        let longest = self.lanes.values_mut().max_by_key(|lane| lane.len())?;
        let evicted = if longest.len() > most { longest.pop_back() } else { None };
        self.len -= usize::from(evicted.is_some());
        evicted
    }

    fn pop_if(&mut self, may_leave: &mut impl FnMut(&K, &T) -> bool) -> Option<(K, T)> {
        let lanes = &self.lanes;
        let turn = self.turns.iter().position(|key| {
            lanes.get(key).and_then(VecDeque::front).is_some_and(|item| may_leave(key, item))
        })?;
        let key = self.turns.remove(turn)?;
        let lane = self.lanes.get_mut(&key)?;
        let item = lane.pop_front()?;
        self.len -= 1;
        if lane.is_empty() {
            self.lanes.remove(&key);
        } else {
            self.turns.push_back(key.clone());
        }
        Some((key, item))
    }

    fn retain(&mut self, keep: &mut impl FnMut(&T) -> bool) {
        self.lanes.retain(|_, lane| {
            lane.retain(&mut *keep);
            !lane.is_empty()
        });
        let lanes = &self.lanes;
        self.turns.retain(|key| lanes.contains_key(key));
        self.len = lanes.values().map(VecDeque::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMY: QueueLimits = QueueLimits { total: 100, per_key: 100 };

    fn drain(queue: &mut FairQueue<&'static str, u32>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop()).map(|(_, item)| item).collect()
    }

    #[test]
    fn keys_are_served_round_robin_in_fifo_order() {
        let mut queue = FairQueue::new(ROOMY);
        for (key, item) in [("a", 1), ("a", 2), ("a", 3), ("b", 10), ("c", 20), ("b", 11)] {
            queue.push(key, Priority::Normal, item).unwrap();
        }
        assert_eq!(drain(&mut queue), [1, 10, 20, 2, 11, 3]);
        assert!(queue.is_empty());
    }

    #[test]
    fn urgent_items_leave_first() {
        let mut queue = FairQueue::new(ROOMY);
        queue.push("a", Priority::Normal, 1).unwrap();
        queue.push("b", Priority::Urgent, 2).unwrap();
        queue.push("a", Priority::Urgent, 3).unwrap();
        assert_eq!(drain(&mut queue), [2, 3, 1]);
    }

    #[test]
    fn full_shares_and_full_classes_refuse_only_their_own_items() {
        let mut queue = FairQueue::new(QueueLimits { total: 3, per_key: 2 });
        for (key, item) in [("a", 1), ("a", 2)] {
            assert_eq!(queue.push(key, Priority::Normal, item), Ok(None));
        }
        assert_eq!(queue.push("a", Priority::Normal, 3), Err(3));
        assert_eq!(queue.push("b", Priority::Normal, 4), Ok(None));
        assert_eq!(queue.push("b", Priority::Normal, 5), Err(5), "a has no more than b would have");
        assert_eq!(queue.push("c", Priority::Urgent, 6), Ok(None));
        assert_eq!(queue.pop(), Some(("c", 6)));
        assert_eq!(queue.pop(), Some(("a", 1)));
        assert_eq!(queue.push("a", Priority::Normal, 7), Ok(None));
        assert_eq!(queue.len(), 3);
    }

    #[test]
    fn a_full_queue_evicts_from_the_longest_lane_for_a_new_key() {
        let mut queue = FairQueue::new(QueueLimits { total: 5, per_key: 3 });
        for (key, item) in [("a", 1), ("a", 2), ("a", 3), ("b", 10), ("b", 11)] {
            queue.push(key, Priority::Normal, item).unwrap();
        }
        assert_eq!(queue.push("c", Priority::Normal, 20), Ok(Some(3)));
        assert_eq!(queue.len(), 5);
        assert_eq!(queue.push("a", Priority::Normal, 4), Err(4));
        assert!(queue.push("d", Priority::Normal, 30).is_ok_and(|evicted| evicted.is_some()));
        assert!(queue.push("e", Priority::Normal, 40).is_ok_and(|evicted| evicted.is_some()));
        assert_eq!(queue.push("f", Priority::Normal, 50), Err(50), "each key has one item");
        assert_eq!(drain(&mut queue), [1, 10, 20, 30, 40]);
    }

    #[test]
    fn a_blocked_key_is_skipped_and_keeps_its_turn() {
        let mut queue = FairQueue::new(ROOMY);
        for (key, item) in [("a", 1), ("b", 2), ("c", 3)] {
            queue.push(key, Priority::Normal, item).unwrap();
        }
        assert_eq!(queue.pop_if(|key, _| *key != "a"), Some(("b", 2)));
        assert_eq!(queue.pop_if(|_, _| false), None);
        assert_eq!(drain(&mut queue), [1, 3]);
    }

    #[test]
    fn removed_items_free_their_slots() {
        let mut queue = FairQueue::new(QueueLimits { total: 2, per_key: 2 });
        for (key, item) in [("a", 1), ("b", 2)] {
            queue.push(key, Priority::Normal, item).unwrap();
        }
        queue.retain(|item| *item != 1);
        assert_eq!(queue.len(), 1);
        queue.push("a", Priority::Normal, 3).unwrap();
        assert_eq!(drain(&mut queue), [2, 3]);
    }
}
