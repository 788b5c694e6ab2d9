//! Whole worlds of anchors in virtual time: real QUIC and TLS over a network in memory, exact
//! round trips, no waiting.
#![allow(clippy::unwrap_used)]

mod virtual_agent;

use domicile_anchor::config::Settings;
use domicile_anchor::stopwatch::Clocks;
use domicile_anchor::virtual_net::{Network, VirtualStopwatch};
use domicile_anchor::{Anchor, Materials, Stopwatch};
use domicile_certs::Identity;
use domicile_certs::authority::Authority;
use domicile_certs::issue::Profile;
use domicile_certs::random::Seeded;
use domicile_geo::{Observation, Territories, Tier, UnitVec, VoteId, locate};
use domicile_proto::directory::{Directory, address_to_wire};
use domicile_proto::types::Digest;
use domicile_proto::wire;
use domicile_world::place::{Node, Point, round_trip};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

const START_MS: u64 = 1_800_000_000_000;
const YEAR_MS: u64 = 365 * 24 * 3600 * 1000;
const VOTES: u16 = 5;

/// Twelve cities: two anchors each, and a host that is honest.
const CITIES: [(&str, &str, f64, f64); 12] = [
    ("singapore", "SG", 1.30, 103.83),
    ("tokyo", "JP", 35.68, 139.69),
    ("mumbai", "IN", 19.10, 72.88),
    ("sydney", "AU", -33.87, 151.05),
    ("frankfurt", "DE", 50.11, 8.68),
    ("london", "GB", 51.51, -0.13),
    ("johannesburg", "ZA", -26.20, 28.05),
    ("ashburn", "US", 39.04, -77.49),
    ("sao-paulo", "BR", -23.55, -46.63),
    ("anchorage", "US", 61.20, -149.85),
    ("reykjavik", "IS", 64.13, -21.85),
    ("suva", "FJ", -18.12, 178.43),
];

fn point(city: usize) -> Point {
    Point::new(CITIES[city].2, CITIES[city].3)
}

/// A stopwatch that runs at a wrong rate.
struct Wrong(VirtualStopwatch, f64);

impl Stopwatch for Wrong {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    fn now_ns(&self) -> u64 {
        (self.0.now_ns() as f64 * self.1) as u64
    }

    fn clocks(&self) -> Clocks {
        self.0.clocks()
    }
}

/// Anchors on a virtual network.
struct World {
    network: Network,
    anchors: Vec<(Node, Identity, SocketAddr)>,
    hosts: Vec<(Node, Identity, SocketAddr)>,
    stop: Vec<oneshot::Sender<()>>,
    _folder: tempfile::TempDir,
}

fn address(block: u8, number: usize) -> SocketAddr {
    SocketAddr::from(([10, block, 0, u8::try_from(number + 1).unwrap()], 4433))
}

/// The round trip that the virtual network gives: whole milliseconds each way, never shorter than
/// the world's.
fn one_way(a: &Node, b: &Node) -> Duration {
    let micros = u64::try_from(round_trip(a, b).as_micros()).unwrap();
    Duration::from_millis(micros.div_ceil(2_000))
}

impl World {
    /// The anchors in `liars` stretch every time by their factor.
    fn start(liars: &[(usize, f64)]) -> Self {
        let mut random = Seeded::new(7);
        let authority = Authority::generate(&mut random, START_MS).unwrap();
        let mut identity = |profile| {
            authority
                .identity(profile, &mut random, START_MS, YEAR_MS)
                .unwrap()
        };
        let anchors: Vec<_> = (0..2 * CITIES.len())
            .map(|number| {
                let city = number / 2;
                let bearing = [30.0, 210.0][number % 2];
                let place = point(city).towards(bearing, 5_000.0);
                let node = Node::new(format!("anchor-{number}"), place);
                (
                    node,
                    identity(Profile::Server("anchor")),
                    address(1, number),
                )
            })
            .collect();
        let hosts: Vec<_> = (0..CITIES.len())
            .map(|city| {
                let node = Node::new(CITIES[city].0, point(city));
                (node, identity(Profile::Agent), address(2, city))
            })
            .collect();
        let ends: Vec<(SocketAddr, Node)> = anchors
            .iter()
            .chain(&hosts)
            .map(|(node, _, address)| (*address, node.clone()))
            .collect();
        let network = Network::new(move |from, to| {
            let find = |wanted: SocketAddr| ends.iter().find(|(address, _)| *address == wanted);
            Some(one_way(&find(from)?.1, &find(to)?.1))
        });
        let folder = tempfile::tempdir().unwrap();
        let directory = Arc::new(directory(&anchors));
        let stop = anchors
            .iter()
            .enumerate()
            .map(|(number, (_, identity, address))| {
                let materials = Materials {
                    identity: identity.clone(),
                    trust: authority.trust(),
                    directory: Arc::clone(&directory),
                    directory_file: None,
                    revocations: Arc::new(authority.revocations().unwrap()),
                    state_dir: folder.path().join(number.to_string()),
                    settings: Settings::default(),
                };
                let watch = VirtualStopwatch::starting(START_MS);
                let factor = liars.iter().find(|(liar, _)| *liar == number);
                let stopwatch: Arc<dyn Stopwatch> = match factor {
                    Some((_, factor)) => Arc::new(Wrong(watch, *factor)),
                    None => Arc::new(watch),
                };
                let sockets = vec![network.socket(*address)];
                let anchor = Anchor::with_sockets(&materials, stopwatch, sockets).unwrap();
                let (stop, stopped) = oneshot::channel();
                tokio::spawn(anchor.run(async {
                    let _ = stopped.await;
                }));
                stop
            })
            .collect();
        Self {
            network,
            anchors,
            hosts,
            stop,
            _folder: folder,
        }
    }

    /// What all anchors measured of a host, and what the host measured itself.
    async fn measure(&self, host: usize) -> (Vec<Observation>, Vec<u64>) {
        let (_, identity, from) = &self.hosts[host];
        let (mut observations, mut own) = (Vec::new(), Vec::new());
        for (number, (node, anchor, to)) in self.anchors.iter().enumerate() {
            let socket = self.network.socket(*from);
            let (rtt_ns, own_ns) =
                virtual_agent::range(socket, identity, anchor.key.public(), *to).await;
            let [x, y, z] = node.point.unit();
            let number = u16::try_from(number).unwrap();
            observations.push(Observation {
                vote: VoteId(number % VOTES),
                anchor: number,
                position: UnitVec::new(x, y, z).unwrap(),
                survey_error_m: 100,
                clock_error_ppm: 200,
                rtt_ns,
            });
            own.push(own_ns);
        }
        (observations, own)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for stop in self.stop.drain(..) {
            let _ = stop.send(());
        }
    }
}

fn directory(anchors: &[(Node, Identity, SocketAddr)]) -> Directory {
    let position = |point: Point| {
        let [x, y, z] = point.unit();
        wire::Position {
            version: 1,
            x,
            y,
            z,
            clock_error_ppm: 200,
            ..wire::Position::default()
        }
    };
    let entry = |(node, identity, address): &(Node, Identity, SocketAddr)| wire::AnchorEntry {
        key: identity.key.public().to_vec(),
        name: node.name.clone(),
        metro: "world".into(),
        trust_domain: node.name.clone(),
        operator: "world".into(),
        addresses: vec![address_to_wire(*address)],
        tunnel_addresses: vec![],
        position: Some(position(node.point)),
        valid_from_ms: 1,
        valid_until_ms: u64::MAX,
    };
    let message = wire::Directory {
        version: 1,
        issued_ms: 1,
        expires_ms: u64::MAX,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 3,
        metros: vec![wire::Metro {
            id: "world".into(),
            territory: "SG".into(),
            position: Some(position(Point::new(1.3, 103.8))),
        }],
        anchors: anchors.iter().map(entry).collect(),
        collectors: vec![wire::CollectorEntry {
            key: vec![7; 32],
            name: "collector".into(),
            addresses: vec![address_to_wire(address(3, 0))],
            tunnel_addresses: vec![],
            log_key: vec![8; 32],
            log_origin: "world.example/log".into(),
        }],
    };
    Directory::validate(&message, Digest([0; 32])).unwrap()
}

/// Whether the host's own territory is still possible.
fn truth_is_possible(observations: &[Observation], city: usize, tier: Tier, lying: u8) -> bool {
    let territories = Territories::builtin();
    let region = locate(observations, tier, lying, territories).unwrap();
    let index = territories
        .index_of(CITIES[city].1.parse().unwrap())
        .unwrap();
    region.possible().contains(index)
}

#[tokio::test(start_paused = true)]
async fn every_round_trip_is_exact_and_no_truth_is_excluded() {
    let world = World::start(&[]);
    for (city, (name, ..)) in CITIES.iter().enumerate() {
        let (observations, own) = world.measure(city).await;
        for ((anchor, observation), own_ns) in world.anchors.iter().zip(&observations).zip(own) {
            let expected = 2 * one_way(&anchor.0, &world.hosts[city].0);
            assert_eq!(u128::from(observation.rtt_ns), expected.as_nanos());
            assert_eq!(u128::from(own_ns), expected.as_nanos(), "both ends agree");
        }
        for tier in Tier::ALL {
            for lying in [0, 1] {
                assert!(
                    truth_is_possible(&observations, city, tier, lying),
                    "{name}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_vote_that_shortens_or_lengthens_excludes_no_truth() {
    // Anchors 8 and 23 are of one vote each: one in Frankfurt shortens, one in Suva lengthens.
    let world = World::start(&[(8, 0.3), (23, 3.0)]);
    let mut contradicted = 0;
    for (city, (name, ..)) in CITIES.iter().enumerate() {
        let (observations, _) = world.measure(city).await;
        let honest = 2 * one_way(&world.anchors[8].0, &world.hosts[city].0);
        assert!(u128::from(observations[8].rtt_ns) < honest.as_nanos());
        for tier in Tier::ALL {
            assert!(truth_is_possible(&observations, city, tier, 1), "{name}");
        }
        if !truth_is_possible(&observations, city, Tier::C, 0) {
            contradicted += 1;
        }
    }
    assert!(
        contradicted >= CITIES.len() / 2,
        "the liar is felt where no vote may lie: {contradicted}"
    );
}
