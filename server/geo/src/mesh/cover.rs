//! Smallest vertex covers: the fewest anchors of which one is in each conflict.

/// Steps of all exact searches in one graph together; beyond it the answer is a greedy one, and says so.
const MAX_STEPS: u32 = 200_000;

/// A graph of conflicts between sites.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    /// Neighbours of each site, rising.
    neighbours: Vec<Vec<u16>>,
    /// Sites that have any, rising.
    active: Vec<u16>,
}

/// The smallest covers of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Covers {
    /// Sites of a smallest cover.
    pub(super) size: usize,
    /// Sites that every smallest cover has, rising.
    pub(super) always: Vec<u16>,
    /// Sites that some smallest covers have and others do not, rising.
    pub(super) sometimes: Vec<u16>,
    /// False when the graph was too large to be sure: then `size` is that of a greedy cover,
    /// `always` holds sites that no cover of that size can do without, and `sometimes` the rest of
    /// the greedy cover.
    pub(super) exact: bool,
}

impl Graph {
    pub(super) fn new(sites: usize, edges: impl IntoIterator<Item = (u16, u16)>) -> Self {
        let mut neighbours = vec![Vec::new(); sites];
        for (a, b) in edges {
            neighbours[usize::from(a)].push(b);
            neighbours[usize::from(b)].push(a);
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup();
        }
        let active = (0..sites)
            .filter(|site| !neighbours[*site].is_empty())
            .filter_map(|site| u16::try_from(site).ok())
            .collect();
        Self { neighbours, active }
    }

    /// The smallest covers.
    pub(super) fn covers(&self) -> Covers {
        let greedy = self.greedy();
        let mut steps = 0;
        let all = Alive::of(self);
        let size = (0..=greedy.len()).find_map(|size| match all.covered(size, &mut steps) {
            Some(true) => Some(Some(size)),
            Some(false) => None,
            None => Some(None),
        });
        match size.flatten() {
            Some(size) => self
                .sort_out(size, &mut steps)
                .unwrap_or_else(|| self.unsure(&greedy)),
            None => self.unsure(&greedy),
        }
    }

    /// Which sites every smallest cover has, and which only some; `None` when it takes too long.
    fn sort_out(&self, size: usize, steps: &mut u32) -> Option<Covers> {
        let (mut always, mut sometimes) = (Vec::new(), Vec::new());
        for &site in &self.active {
            let mut with = Alive::of(self);
            with.take(site);
            let fits_with = with.covered(size.checked_sub(1)?, steps)?;
            // Without it, all its neighbours are in the cover.
            let mut without = Alive::of(self);
            let needed = &self.neighbours[usize::from(site)];
            needed.iter().for_each(|other| without.take(*other));
            let fits_without = match size.checked_sub(needed.len()) {
                Some(left) => without.covered(left, steps)?,
                None => false,
            };
            match (fits_with, fits_without) {
                (true, false) => always.push(site),
                (true, true) => sometimes.push(site),
                (false, _) => {}
            }
        }
        Some(Covers {
            size,
            always,
            sometimes,
            exact: true,
        })
    }

    fn unsure(&self, greedy: &[u16]) -> Covers {
        // Who is not in a cover has all neighbours in it, so they cannot be more than it has.
        let needed = |site: &u16| self.degree(*site) > greedy.len();
        let mut chosen = greedy.to_vec();
        chosen.sort_unstable();
        let (always, sometimes) = chosen.into_iter().partition(needed);
        Covers {
            size: greedy.len(),
            always,
            sometimes,
            exact: false,
        }
    }

    /// A cover made of the site in most conflicts, then of what is left, and so on.
    fn greedy(&self) -> Vec<u16> {
        let mut left = Alive::of(self);
        let mut cover = Vec::new();
        while let Some((site, _)) = left.busiest() {
            left.take(site);
            cover.push(site);
        }
        cover
    }

    pub(super) fn degree(&self, site: u16) -> usize {
        self.neighbours[usize::from(site)].len()
    }

    pub(super) fn neighbours(&self, site: u16) -> &[u16] {
        &self.neighbours[usize::from(site)]
    }
}

/// What is left of a graph after some sites are in the cover.
#[derive(Clone)]
struct Alive<'g> {
    graph: &'g Graph,
    taken: Vec<bool>,
}

impl<'g> Alive<'g> {
    fn of(graph: &'g Graph) -> Self {
        Self {
            graph,
            taken: vec![false; graph.neighbours.len()],
        }
    }

    fn take(&mut self, site: u16) {
        self.taken[usize::from(site)] = true;
    }

    /// Sites with conflicts that are not in the cover.
    fn open(&self) -> impl Iterator<Item = u16> + '_ {
        let all = self.graph.active.iter().copied();
        all.filter(|site| !self.taken[usize::from(*site)])
    }

    fn left(&self, site: u16) -> impl Iterator<Item = u16> + '_ {
        let all = self.graph.neighbours(site).iter().copied();
        all.filter(|other| !self.taken[usize::from(*other)])
    }

    /// The site in most of the conflicts that are left, the first of equals, and their number.
    fn busiest(&self) -> Option<(u16, usize)> {
        let mut best = None;
        for site in self.open() {
            let degree = self.left(site).count();
            if degree > best.map_or(0, |(_, most)| most) {
                best = Some((site, degree));
            }
        }
        best
    }

    /// Whether `size` more sites cover what is left; `None` after [`MAX_STEPS`] steps.
    fn covered(&self, size: usize, steps: &mut u32) -> Option<bool> {
        *steps += 1;
        if *steps > MAX_STEPS {
            return None;
        }
        let Some((site, degree)) = self.busiest() else {
            return Some(true);
        };
        let ends: usize = self.open().map(|site| self.left(site).count()).sum();
        let edges = ends / 2;
        if edges > size * degree {
            return Some(false);
        }
        if degree == 1 {
            return Some(true); // A matching: `edges` sites, and they fit.
        }
        let mut with = self.clone();
        with.take(site);
        if with.covered(size - 1, steps)? {
            return Some(true);
        }
        if degree > size {
            return Some(false);
        }
        let mut without = self.clone();
        self.left(site).for_each(|other| without.take(other));
        without.covered(size - degree, steps)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn covers(sites: usize, edges: &[(u16, u16)]) -> Covers {
        Graph::new(sites, edges.iter().copied()).covers()
    }

    #[test]
    fn a_star_has_one_explanation_and_a_single_pair_two() {
        let star = covers(6, &[(2, 0), (2, 1), (2, 3), (4, 5)]);
        assert_eq!((star.size, star.exact), (2, true));
        assert_eq!((star.always, star.sometimes), (vec![2], vec![4, 5]));
        let none = covers(3, &[]);
        assert_eq!((none.size, none.always.len()), (0, 0));
    }

    #[test]
    fn a_graph_that_is_too_large_says_so() {
        // Many separate five-rings with chords between them: no shortcut applies.
        let edges: Vec<(u16, u16)> = (0..200u16)
            .flat_map(|n| [(n, (n + 1) % 200), (n, (n + 2) % 200), (n, (n + 31) % 200)])
            .collect();
        let found = covers(200, &edges);
        assert!(!found.exact);
        assert!(found.size >= 100);
    }

    proptest! {
        #[test]
        fn as_by_trying_all_sets(edges in proptest::collection::vec((0u16..8, 0u16..8), 0..14)) {
            let edges: Vec<_> = edges.into_iter().filter(|(a, b)| a != b).collect();
            let found = covers(8, &edges);
            let is_cover = |set: u16| edges.iter().all(|(a, b)| set >> a & 1 == 1 || set >> b & 1 == 1);
            let smallest = (0..256u16).filter(|set| is_cover(*set)).map(u16::count_ones).min().unwrap();
            let best: Vec<u16> = (0..256).filter(|set| is_cover(*set) && set.count_ones() == smallest).collect();
            prop_assert_eq!(found.size, smallest as usize);
            let always: Vec<u16> = (0..8).filter(|site| best.iter().all(|set| set >> site & 1 == 1)).collect();
            let some: Vec<u16> = (0..8).filter(|site| best.iter().any(|set| set >> site & 1 == 1)).collect();
            prop_assert_eq!(&found.always, &always);
            let sometimes: Vec<u16> = some.into_iter().filter(|site| !always.contains(site)).collect();
            prop_assert_eq!(found.sometimes, sometimes);
        }
    }
}
