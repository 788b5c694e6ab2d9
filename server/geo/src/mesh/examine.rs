//! From samples to findings.

use super::bias::{self, Bias, Shape};
use super::conflict::{self, Conflict};
use super::cover::Graph;
use super::finding::{Certainty, Examined, Finding, Kind};
use super::place;
use super::{MeshSample, Pairs, Site};
use crate::cap::{Tier, VoteId};
use crate::error::GeoError;
use crate::territories::Territories;

/// The most sites of one examination.
pub const MAX_SITES: usize = 4096;

/// How much longer, beside a tenth of it, one time of a path must be than another to count as
/// longer, ns. The tolerance between an agent's times and an anchor's.
const AGREES_NS: u64 = 1_000_000;

/// A mesh to examine.
#[derive(Debug, Clone, Copy)]
pub struct Mesh<'a> {
    /// The anchors.
    pub sites: &'a [Site],
    /// What they measured of each other lately, in any order.
    pub samples: &'a [MeshSample],
    /// What they measured before that, to tell an anchor that moved from one that was never where
    /// it was surveyed. May be empty.
    pub earlier: &'a [MeshSample],
    /// *f*: votes that may lie.
    pub lying_votes: u8,
}

/// A mesh cannot be examined.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeshError {
    /// Too many sites.
    #[error("{0} sites: one examination accepts at most {MAX_SITES}")]
    TooManySites(usize),
    /// Locating an anchor failed.
    #[error(transparent)]
    Geo(#[from] GeoError),
}

/// Which anchors are not what the directory says.
///
/// First physics: a round trip too short for the surveyed distance of its pair is a conflict. If
/// the partner's time of the same path is possible and clearly longer, the measurer's stopwatch
/// explains it; else one of the two does. The smallest sets of anchors that explain all conflicts
/// name the suspects. Then statistics: an anchor whose times differ from most partners' times of
/// the same paths has another stopwatch than they.
///
/// # Errors
/// [`MeshError`] when there are more than [`MAX_SITES`] sites.
pub fn examine(mesh: &Mesh<'_>, territories: &Territories) -> Result<Examined, MeshError> {
    if mesh.sites.len() > MAX_SITES {
        return Err(MeshError::TooManySites(mesh.sites.len()));
    }
    let pairs = Pairs::new(mesh.sites.len(), mesh.samples);
    let blamed = Blamed::new(mesh, &pairs);
    let (suspects, exact) = blamed.suspects();
    let certain: Vec<u16> = suspects
        .iter()
        .filter(|suspect| suspect.is_certain())
        .map(|suspect| suspect.site)
        .collect();
    let mut biases = bias::find(mesh.sites, &pairs);
    let mut findings = Vec::new();
    for suspect in suspects {
        let finding = match suspect.by_place {
            true => misplaced(mesh, &pairs, &blamed, suspect, &certain, territories)?,
            false => {
                let bias = biases[usize::from(suspect.site)]
                    .take_if(|bias| bias.is_short() || bias.shape == Shape::Unrelated);
                short(&blamed, suspect, bias)
            }
        };
        findings.push(finding);
    }
    for (site, bias) in (0..).zip(biases) {
        findings.extend(bias.map(|bias| differs(site, bias)));
    }
    findings.sort_by_key(|finding| (finding.site, finding.kind));
    Ok(Examined {
        findings,
        conflicts: blamed.all,
        exact,
    })
}

/// Conflicts, sorted by what can explain them.
struct Blamed<'a> {
    mesh: &'a Mesh<'a>,
    all: Vec<Conflict>,
    /// Those that the measurer's stopwatch alone explains.
    by_stopwatch: Vec<Conflict>,
    /// Those that either end explains.
    by_either: Vec<Conflict>,
}

/// An anchor that explains conflicts.
struct Suspect {
    site: u16,
    certainty: Certainty,
    /// Whether its place is in question, or its stopwatch.
    by_place: bool,
    instead: Vec<u16>,
}

impl Suspect {
    fn is_certain(&self) -> bool {
        matches!(self.certainty, Certainty::Certain(_))
    }
}

impl<'a> Blamed<'a> {
    fn new(mesh: &'a Mesh<'a>, pairs: &Pairs) -> Self {
        let all = conflict::find(mesh.sites, pairs);
        let possible = |from: u16, to: u16| {
            let same = |c: &Conflict| (c.sample.measurer, c.sample.responder) == (from, to);
            !all.iter().any(same)
        };
        let own = |c: &&Conflict| {
            let MeshSample {
                measurer,
                responder,
                rtt_ns,
            } = c.sample;
            pairs
                .rtt_ns(responder, measurer)
                .is_some_and(|theirs| longer(theirs, rtt_ns) && possible(responder, measurer))
        };
        let by_stopwatch: Vec<Conflict> = all.iter().filter(own).copied().collect();
        let short = |site: u16| by_stopwatch.iter().any(|c| c.sample.measurer == site);
        // What else a short stopwatch measured says nothing about its partners.
        let rest = |c: &&Conflict| !short(c.sample.measurer);
        let by_either = all.iter().filter(rest).copied().collect();
        Self {
            mesh,
            all,
            by_stopwatch,
            by_either,
        }
    }

    fn graph(&self, tier: Tier, without: &[Suspect]) -> Graph {
        let left = |site: u16| without.iter().all(|suspect| suspect.site != site);
        let edges = self
            .by_either
            .iter()
            .filter(|c| c.tier <= tier && left(c.sample.measurer) && left(c.sample.responder))
            .map(|c| (c.sample.measurer, c.sample.responder));
        Graph::new(self.mesh.sites.len(), edges)
    }

    /// Whether these accusers are of more votes than may lie.
    fn backed(&self, site: u16, accusers: &[u16]) -> bool {
        let vote = |site: u16| self.mesh.sites[usize::from(site)].vote;
        let mut votes: Vec<VoteId> = accusers.iter().map(|site| vote(*site)).collect();
        votes.retain(|other| *other != vote(site));
        votes.sort_unstable();
        votes.dedup();
        votes.len() > usize::from(self.mesh.lying_votes)
    }

    /// Everybody who explains a conflict, at the fastest tier at which that holds; and whether the
    /// search was exact.
    fn suspects(&self) -> (Vec<Suspect>, bool) {
        let mut suspects = Vec::new();
        let mut exact = true;
        for tier in Tier::ALL {
            let graph = self.graph(tier, &[]);
            let covers = graph.covers();
            exact &= covers.exact;
            for site in covers.always {
                let known = suspects
                    .iter()
                    .any(|suspect: &Suspect| suspect.site == site);
                if !known && self.backed(site, graph.neighbours(site)) {
                    suspects.push(self.suspect(site, Certainty::Certain(tier), Vec::new()));
                }
            }
        }
        for tier in Tier::ALL {
            let graph = self.graph(tier, &suspects);
            let covers = graph.covers();
            exact &= covers.exact;
            let mut named = [covers.always, covers.sometimes].concat();
            // Too few votes accuse to be believed more than whom they accuse.
            let accusers = named.iter().flat_map(|site| graph.neighbours(*site));
            named = accusers.copied().chain(named.clone()).collect();
            named.sort_unstable();
            named.dedup();
            for site in named {
                let instead = graph.neighbours(site).to_vec();
                suspects.push(self.suspect(site, Certainty::Ambiguous(tier), instead));
            }
        }
        let certain: Vec<u16> = suspects
            .iter()
            .filter(|suspect| suspect.is_certain())
            .map(|suspect| suspect.site)
            .collect();
        suspects.extend(self.short_suspects(&certain));
        (suspects, exact)
    }

    fn suspect(&self, site: u16, certainty: Certainty, instead: Vec<u16>) -> Suspect {
        Suspect {
            site,
            certainty,
            by_place: true,
            instead,
        }
    }

    /// Those whose stopwatch alone explains a conflict.
    fn short_suspects(&self, certain: &[u16]) -> Vec<Suspect> {
        // What an anchor that is elsewhere explains already accuses nobody else.
        let open = |c: &&Conflict| !certain.contains(&c.sample.responder);
        let open: Vec<&Conflict> = self.by_stopwatch.iter().filter(open).collect();
        let mut sites: Vec<u16> = open.iter().map(|c| c.sample.measurer).collect();
        sites.dedup(); // By measurer already.
        let suspect = |site: u16| {
            let responders = |tier: Tier| -> Vec<u16> {
                open.iter()
                    .filter(|c| c.sample.measurer == site && c.tier <= tier)
                    .map(|c| c.sample.responder)
                    .collect()
            };
            let certain = Tier::ALL
                .into_iter()
                .find(|tier| self.backed(site, &responders(*tier)));
            let first = Tier::ALL
                .into_iter()
                .find(|tier| !responders(*tier).is_empty());
            let (certainty, instead) = match (certain, first) {
                (Some(tier), _) => (Certainty::Certain(tier), Vec::new()),
                (None, Some(tier)) => (Certainty::Ambiguous(tier), responders(Tier::TwoThirds)),
                (None, None) => return None,
            };
            Some(Suspect {
                site,
                certainty,
                by_place: false,
                instead,
            })
        };
        sites.into_iter().filter_map(suspect).collect()
    }
}

/// Conflicts of a site with partners that are not in `doubted`, the largest margin first.
fn evidence(from: &[Conflict], site: u16, doubted: &[u16]) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = from
        .iter()
        .filter(|c| c.sample.measurer == site || c.sample.responder == site)
        .filter(|c| !doubted.contains(&c.partner(site)))
        .copied()
        .collect();
    found.sort_by(|a, b| b.margin_m().total_cmp(&a.margin_m()));
    found
}

fn misplaced(
    mesh: &Mesh<'_>,
    pairs: &Pairs,
    blamed: &Blamed<'_>,
    suspect: Suspect,
    certain: &[u16],
    territories: &Territories,
) -> Result<Finding, MeshError> {
    let site = suspect.site;
    let mut doubted = certain.to_vec();
    doubted.retain(|other| *other != site);
    let conflicts = evidence(&blamed.by_either, site, &doubted);
    let tier = suspect.certainty.tier().unwrap_or(Tier::C);
    let by_others = |c: &&Conflict| c.sample.responder == site && c.tier <= tier;
    let away_m = conflicts
        .iter()
        .find(by_others)
        .map_or(0.0, Conflict::margin_m);
    let observations = place::measured(mesh.sites, pairs, site, &doubted);
    let f = mesh.lying_votes;
    let whereabouts = place::find(&observations, away_m, tier, f, territories)?;
    let accusers: Vec<MeshSample> = conflicts
        .iter()
        .filter(by_others)
        .map(|conflict| conflict.sample)
        .collect();
    Ok(Finding {
        site,
        kind: since(mesh, tier, &accusers),
        certainty: suspect.certainty,
        conflicts,
        bias: None,
        whereabouts,
        instead: suspect.instead,
    })
}

/// Whether an anchor was where it was surveyed before, by those whose measurements of it say that
/// it is not now.
fn since(mesh: &Mesh<'_>, tier: Tier, accusers: &[MeshSample]) -> Kind {
    let before = Pairs::new(mesh.sites.len(), mesh.earlier);
    let impossible = |then: &MeshSample| {
        let found = conflict::at(mesh.sites, *then, tier);
        found.is_some()
    };
    let then: Vec<(u64, MeshSample)> = accusers
        .iter()
        .filter_map(|now| {
            let rtt_ns = before.rtt_ns(now.measurer, now.responder)?;
            Some((now.rtt_ns, MeshSample { rtt_ns, ..*now }))
        })
        .collect();
    if then.iter().any(|(_, then)| impossible(then)) {
        Kind::MisSurveyed
    } else if then
        .iter()
        .any(|(now_ns, then)| longer(then.rtt_ns, *now_ns))
    {
        Kind::Moved
    } else {
        Kind::Misplaced
    }
}

/// Whether one time of a path is clearly longer than another.
fn longer(rtt_ns: u64, than_ns: u64) -> bool {
    rtt_ns
        > than_ns
            .saturating_add(than_ns / 10)
            .saturating_add(AGREES_NS)
}

/// An anchor whose own stopwatch alone explains conflicts.
fn short(blamed: &Blamed<'_>, suspect: Suspect, bias: Option<Bias>) -> Finding {
    let own: Vec<Conflict> = blamed
        .by_stopwatch
        .iter()
        .filter(|c| c.sample.measurer == suspect.site)
        .copied()
        .collect();
    let (certainty, instead) = match (suspect.certainty, &bias) {
        (Certainty::Ambiguous(_), Some(_)) => (Certainty::Statistical, Vec::new()),
        (certainty, _) => (certainty, suspect.instead),
    };
    Finding {
        site: suspect.site,
        kind: bias.as_ref().map_or(Kind::ShortLiar, kind_of),
        certainty,
        conflicts: evidence(&own, suspect.site, &[]),
        bias,
        whereabouts: None,
        instead,
    }
}

/// An anchor whose stopwatch differs, without a conflict.
fn differs(site: u16, bias: Bias) -> Finding {
    Finding {
        site,
        kind: kind_of(&bias),
        certainty: Certainty::Statistical,
        conflicts: Vec::new(),
        bias: Some(bias),
        whereabouts: None,
        instead: Vec::new(),
    }
}

fn kind_of(bias: &Bias) -> Kind {
    match bias.shape {
        Shape::Unrelated => Kind::Unrelated,
        Shape::Rate => Kind::BadStopwatch,
        Shape::Offset | Shape::Factor | Shape::Irregular if bias.is_short() => Kind::ShortLiar,
        Shape::Offset | Shape::Factor | Shape::Irregular => Kind::LongLiar,
    }
}
