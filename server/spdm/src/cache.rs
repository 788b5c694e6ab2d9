//! Chains that were verified before. A device's chain changes with its firmware only, and costs five
//! times what a report does.

use crate::chain::{Chain, ChainError, chain_hash};
use crate::roots::Roots;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A chain's result, shared.
pub type Verified = Arc<Result<Chain, ChainError>>;

/// Chains by their hash under one set of roots; the oldest make room for new ones. Only chains that
/// hold are kept, so that nobody can push them out with rubbish.
#[derive(Debug)]
pub struct ChainCache {
    roots: Roots,
    capacity: usize,
    chains: HashMap<[u8; 32], Verified>,
    order: VecDeque<[u8; 32]>,
}

impl ChainCache {
    /// Room for so many chains, about 3 KB each.
    pub fn new(roots: Roots, capacity: usize) -> Self {
        Self {
            roots,
            capacity,
            chains: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// The roots that its chains end in.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// A chain of this hash, if it is here.
    pub fn get(&self, hash: &[u8; 32]) -> Option<Verified> {
        self.chains.get(hash).cloned()
    }

    /// The result for these certificates, verified now unless it is here.
    pub fn verify<C: AsRef<[u8]>>(&mut self, certificates: &[C]) -> Verified {
        let hash = chain_hash(certificates);
        if let Some(known) = self.get(&hash) {
            return known;
        }
        let verified = Arc::new(Chain::verify(certificates, &self.roots));
        if verified.is_ok() && self.capacity > 0 {
            if self.order.len() == self.capacity
                && let Some(oldest) = self.order.pop_front()
            {
                self.chains.remove(&oldest);
            }
            self.chains.insert(hash, Arc::clone(&verified));
            self.order.push_back(hash);
        }
        verified
    }
}
