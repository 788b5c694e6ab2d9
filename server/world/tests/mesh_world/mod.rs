//! Anchors in virtual time that range each other and report to a collector, which keeps what both
//! ends signed.
#![allow(clippy::unwrap_used, unreachable_pub)]

use domicile_anchor::config::{MeshSettings, Settings};
use domicile_anchor::stopwatch::Clocks;
use domicile_anchor::virtual_net::{Network, VirtualStopwatch};
use domicile_anchor::{Anchor, Materials, Stopwatch};
use domicile_certs::Identity;
use domicile_certs::authority::Authority;
use domicile_certs::issue::Profile;
use domicile_certs::random::Seeded;
use domicile_certs::tls::{self, ClientPolicy};
use domicile_geo::mesh::{Examined, Mesh, MeshSample, Site, examine};
use domicile_geo::{Territories, UnitVec, VoteId};
use domicile_proto::directory::{Directory, address_to_wire};
use domicile_proto::frame::{self, MAX_TO_COLLECTOR};
use domicile_proto::mesh::{self, MeshSession};
use domicile_proto::types::Digest;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, StatusCode, collector_reply::Reply};
use domicile_proto::{ALPN_COLLECT, codec};
use domicile_world::place::{Node, Point, round_trip};
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, TokioRuntime};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

const START_MS: u64 = 1_800_000_000_000;
const YEAR_MS: u64 = 365 * 24 * 3600 * 1000;

pub const PERIOD: Duration = Duration::from_secs(20);

/// One anchor of one vote in each.
pub const CITIES: [(&str, f64, f64); 12] = [
    ("singapore", 1.30, 103.83),
    ("tokyo", 35.68, 139.69),
    ("mumbai", 19.10, 72.88),
    ("sydney", -33.87, 151.05),
    ("frankfurt", 50.11, 8.68),
    ("london", 51.51, -0.13),
    ("johannesburg", -26.20, 28.05),
    ("ashburn", 39.04, -77.49),
    ("sao-paulo", -23.55, -46.63),
    ("anchorage", 61.20, -149.85),
    ("budapest", 47.50, 19.04),
    ("chicago", 41.88, -87.63),
];

fn node(city: usize) -> Node {
    let (name, lat, lon) = CITIES[city];
    Node::new(name, Point::new(lat, lon))
}

/// What is wrong with which anchor.
#[derive(Default, Clone, Copy)]
pub struct Fault {
    /// Its stopwatch shows this share of the time.
    pub rate: Option<(usize, f64)>,
    /// It stands in another city than it was surveyed in, from this period on.
    pub elsewhere: Option<(usize, usize, u32)>,
    /// Packets to and from it wait so long, each way.
    pub slow_line: Option<(usize, Duration)>,
    /// The collector refuses so many reports before it takes one.
    pub refuse: usize,
}

struct Rate(VirtualStopwatch, f64);

impl Stopwatch for Rate {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    fn now_ns(&self) -> u64 {
        (self.0.now_ns() as f64 * self.1) as u64
    }

    // A liar's clocks agree with its stopwatch.
    fn clocks(&self) -> Clocks {
        self.0.clocks()
    }
}

/// What the collector took: all sessions, each with its virtual time.
pub type Reports = Arc<Mutex<Vec<(Duration, MeshSession)>>>;

pub struct World {
    pub identities: Vec<Identity>,
    pub reports: Reports,
    stop: Vec<oneshot::Sender<()>>,
    _folder: tempfile::TempDir,
}

fn address(number: usize) -> SocketAddr {
    SocketAddr::from(([10, 1, 0, u8::try_from(number + 1).unwrap()], 4433))
}

fn collector_address() -> SocketAddr {
    SocketAddr::from(([10, 3, 0, 1], 4433))
}

/// Whole milliseconds each way, as tokio's timers are. Half of them, so that a wrong rate of two
/// per cent stands out.
fn one_way(a: &Node, b: &Node) -> Duration {
    let micros = u64::try_from(round_trip(a, b).as_micros()).unwrap();
    Duration::from_millis(micros.div_ceil(2_000))
}

impl World {
    pub fn start(fault: Fault) -> Self {
        let mut random = Seeded::new(7);
        let authority = Authority::generate(&mut random, START_MS).unwrap();
        let mut identity = |name| {
            authority
                .identity(Profile::Server(name), &mut random, START_MS, YEAR_MS)
                .unwrap()
        };
        let identities: Vec<Identity> = CITIES.iter().map(|(name, ..)| identity(name)).collect();
        let collector = identity("collector");
        let network = network(fault);
        let directory = Arc::new(directory(&identities, &collector));
        let reports = Reports::default();
        collect(
            &network,
            &collector,
            &authority,
            fault,
            Arc::clone(&reports),
        );
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            mesh: MeshSettings {
                period: PERIOD,
                report_every: PERIOD,
                ..MeshSettings::default()
            },
            ..Settings::default()
        };
        let mut stop = Vec::new();
        for (number, identity) in identities.iter().enumerate() {
            let materials = Materials {
                identity: identity.clone(),
                trust: authority.trust(),
                directory: Arc::clone(&directory),
                directory_file: None,
                revocations: Arc::new(authority.revocations().unwrap()),
                state_dir: folder.path().join(number.to_string()),
                settings,
            };
            let watch = VirtualStopwatch::starting(START_MS);
            let stopwatch: Arc<dyn Stopwatch> = match fault.rate {
                Some((liar, rate)) if liar == number => Arc::new(Rate(watch, rate)),
                _ => Arc::new(watch),
            };
            let sockets = vec![network.socket(address(number))];
            let anchor = Anchor::with_sockets(&materials, stopwatch, sockets).unwrap();
            let (sender, stopped) = oneshot::channel();
            tokio::spawn(anchor.run(async {
                let _ = stopped.await;
            }));
            stop.push(sender);
        }
        Self {
            identities,
            reports,
            stop,
            _folder: folder,
        }
    }

    /// Lets so many periods pass, and a half one for the last reports.
    pub async fn pass(&self, periods: u32) {
        tokio::time::sleep(PERIOD * periods + PERIOD / 2).await;
    }

    pub fn sites(&self) -> Vec<Site> {
        let site = |city: usize| {
            let [x, y, z] = node(city).point.unit();
            Site {
                vote: VoteId(u16::try_from(city).unwrap()),
                position: UnitVec::new(x, y, z).unwrap(),
                survey_error_m: 100,
                clock_error_ppm: 200,
            }
        };
        (0..CITIES.len()).map(site).collect()
    }

    /// Both measurements of every session reported in this span of virtual time.
    pub fn samples(&self, from: Duration, to: Duration) -> Vec<MeshSample> {
        let place = |key| {
            let place = self.identities.iter().position(|i| i.key.public() == key);
            u16::try_from(place.unwrap()).unwrap()
        };
        let reports = self.reports.lock().unwrap();
        let sessions = reports.iter().filter(|(at, _)| (from..to).contains(at));
        sessions
            .flat_map(|(_, session)| {
                let (visited, visitor) = (place(session.visited), place(session.visitor));
                let by_visited = MeshSample {
                    measurer: visited,
                    responder: visitor,
                    rtt_ns: session.visited_rtt_ns,
                };
                let by_visitor = session.visitor_rtt_ns.map(|rtt_ns| MeshSample {
                    measurer: visitor,
                    responder: visited,
                    rtt_ns,
                });
                std::iter::once(by_visited).chain(by_visitor)
            })
            .collect()
    }

    pub fn examine(&self, samples: &[MeshSample], earlier: &[MeshSample]) -> Examined {
        let mesh = Mesh {
            sites: &self.sites(),
            samples,
            earlier,
            lying_votes: 1,
        };
        examine(&mesh, Territories::builtin()).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for stop in self.stop.drain(..) {
            let _ = stop.send(());
        }
    }
}

fn network(fault: Fault) -> Network {
    let start = tokio::time::Instant::now();
    let truth = move |address: SocketAddr| -> Option<usize> {
        let SocketAddr::V4(address) = address else {
            return None;
        };
        let [_, block, _, last] = address.ip().octets();
        let number = usize::from(last).checked_sub(1)?;
        match fault.elsewhere {
            Some((who, city, from))
                if who == number && start.elapsed() >= PERIOD * from && block == 1 =>
            {
                Some(city)
            }
            _ => Some(number),
        }
    };
    Network::new(move |from, to| {
        if [from, to].contains(&collector_address()) {
            return Some(Duration::from_millis(20));
        }
        let slow = |address: SocketAddr| match fault.slow_line {
            Some((who, wait)) if self::address(who) == address => wait,
            _ => Duration::ZERO,
        };
        let way = match (truth(from)?, truth(to)?) {
            (a, b) if a == b => Duration::from_millis(1),
            (a, b) => one_way(&node(a), &node(b)),
        };
        Some(way + slow(from) + slow(to))
    })
}

fn directory(anchors: &[Identity], collector: &Identity) -> Directory {
    let position = |city: usize| {
        let [x, y, z] = node(city).point.unit();
        wire::Position {
            version: 1,
            x,
            y,
            z,
            clock_error_ppm: 200,
            ..wire::Position::default()
        }
    };
    let entry = |(number, identity): (usize, &Identity)| wire::AnchorEntry {
        key: identity.key.public().to_vec(),
        name: CITIES[number].0.into(),
        metro: "world".into(),
        trust_domain: CITIES[number].0.into(),
        operator: "world".into(),
        addresses: vec![address_to_wire(address(number))],
        tunnel_addresses: vec![],
        position: Some(position(number)),
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
            position: Some(position(0)),
        }],
        anchors: anchors.iter().enumerate().map(entry).collect(),
        collectors: vec![wire::CollectorEntry {
            key: collector.key.public().to_vec(),
            name: "collector".into(),
            addresses: vec![address_to_wire(collector_address())],
            tunnel_addresses: vec![],
            log_key: vec![8; 32],
            log_origin: "world.example/log".into(),
        }],
    };
    Directory::validate(&message, Digest([0; 32])).unwrap()
}

/// A collector that takes mesh reports and nothing else.
fn collect(
    network: &Network,
    identity: &Identity,
    authority: &Authority,
    fault: Fault,
    reports: Reports,
) {
    let tls = tls::server(
        identity,
        ClientPolicy::AgentOrNew,
        &authority.trust(),
        Arc::new(authority.revocations().unwrap()),
        &[ALPN_COLLECT],
    );
    let tls = QuicServerConfig::try_from(tls.unwrap()).unwrap();
    let endpoint = Endpoint::new_with_abstract_socket(
        EndpointConfig::default(),
        Some(quinn::ServerConfig::with_crypto(Arc::new(tls))),
        network.socket(collector_address()),
        Arc::new(TokioRuntime),
    )
    .unwrap();
    let refused = Arc::new(AtomicUsize::new(0));
    let start = tokio::time::Instant::now();
    tokio::spawn(async move {
        while let Some(incoming) = endpoint.accept().await {
            let (reports, refused) = (Arc::clone(&reports), Arc::clone(&refused));
            tokio::spawn(async move {
                let connection = incoming.await.ok()?;
                let (mut send, mut receive) = connection.accept_bi().await.ok()?;
                let bytes = receive.read_to_end(MAX_TO_COLLECTOR).await.ok()?;
                let request: wire::CollectorRequest =
                    frame::unframe(&bytes, MAX_TO_COLLECTOR).unwrap();
                let Some(Request::Mesh(signed)) = request.request else {
                    panic!("not a mesh report: {request:?}");
                };
                let anchor = mesh::reporter(&signed).unwrap();
                let sessions = mesh::open(&signed, &anchor).unwrap();
                let code = if refused.fetch_add(1, Ordering::Relaxed) < fault.refuse {
                    StatusCode::Busy
                } else {
                    let at = start.elapsed();
                    let sessions = sessions.into_iter().map(|session| (at, session));
                    reports.lock().unwrap().extend(sessions);
                    StatusCode::Ok
                };
                let reply = wire::CollectorReply {
                    reply: Some(Reply::Status(wire::Status { code: code.into() })),
                };
                assert!(codec::encode(&reply).len() < 8);
                send.write_all(&frame::frame(&reply)).await.ok()?;
                send.finish().ok()?;
                connection.closed().await;
                Some(())
            });
        }
    });
}
