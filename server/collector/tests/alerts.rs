//! Alerts on real sockets: targets that are down, that answer nonsense, that hang, and a collector
//! that is restarted between. Nothing is lost; what comes twice has the same id.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_collector::alerts::{Secret, signature};
use domicile_collector::cases::{Held, Pending};
use domicile_collector::runtime::Running;
use domicile_diversion::cases::{Action, Linked, Opening, Person, Role, Step};
use domicile_diversion::flags::Code;
use domicile_http::client::Client;
use harness::{Hands, Vendor, real_now};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const DAY_MS: u64 = 24 * 3600 * 1000;

/// What a receiver does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Ok,
    Status(u16),
    /// Takes it and closes without a word.
    Silent,
    /// Answers what is no HTTP.
    Garbage,
    /// Answers a header without end.
    Flood,
    /// Takes it, and does not answer.
    Hang,
    /// Accepts it, but its answer gets lost.
    TakesAndBreaks,
    Redirect,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Got {
    id: String,
    timestamp: u64,
    body: Vec<u8>,
    is_signed: bool,
}

/// A receiver of webhooks in a thread; what it took stands in `taken`.
struct Receiver {
    address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    taken: Arc<Mutex<Vec<Got>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            mood: Arc::new(Mutex::new(Mood::Ok)),
            taken: Arc::default(),
            asked: Arc::default(),
        };
        let (mood, taken) = (Arc::clone(&receiver.mood), Arc::clone(&receiver.taken));
        let asked = Arc::clone(&receiver.asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mood, taken) = (*mood.lock().unwrap(), Arc::clone(&taken));
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || answer(stream.unwrap(), mood, &taken, &asked));
            }
        });
        receiver
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn taken(&self) -> Vec<Got> {
        self.taken.lock().unwrap().clone()
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn answer(
    mut stream: TcpStream,
    mood: Mood,
    taken: &Mutex<Vec<Got>>,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    let got = read(&mut stream)?;
    asked.lock().unwrap().push(got.id.clone());
    let says = |stream: &mut TcpStream, text: &str| {
        let _ = stream.write_all(text.as_bytes());
    };
    match mood {
        Mood::Ok | Mood::TakesAndBreaks => taken.lock().unwrap().push(got),
        Mood::Silent | Mood::Status(_) | Mood::Garbage | Mood::Redirect => {}
        Mood::Flood | Mood::Hang => {}
    }
    match mood {
        Mood::Ok => says(&mut stream, "HTTP/1.1 204 No Content\r\n\r\n"),
        Mood::Status(status) => {
            says(
                &mut stream,
                &format!("HTTP/1.1 {status} X\r\ncontent-length: 3\r\n\r\nno\n"),
            );
        }
        Mood::Garbage => says(&mut stream, "\u{0}\u{1}not http at all\r\n\r\n"),
        Mood::Redirect => says(
            &mut stream,
            "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        ),
        Mood::Flood => {
            says(&mut stream, "HTTP/1.1 200 OK\r\nx: ");
            let junk = "y".repeat(64 * 1024);
            (0..64).for_each(|_| says(&mut stream, &junk));
        }
        Mood::Hang => std::thread::sleep(Duration::from_secs(2)),
        Mood::Silent | Mood::TakesAndBreaks => {}
    }
    Some(())
}

fn read(stream: &mut impl std::io::Read) -> Option<Got> {
    let mut text = Vec::new();
    let mut byte = [0; 1];
    while !text.ends_with(b"\r\n\r\n") {
        (stream.read(&mut byte).ok()? == 1).then_some(())?;
        text.push(byte[0]);
    }
    let head = String::from_utf8(text).unwrap().to_lowercase();
    let headers: BTreeMap<&str, &str> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    // Header names are lower case; values that matter keep their case in base64.
    let timestamp = headers["webhook-timestamp"].parse().unwrap();
    let id = headers["webhook-id"].to_owned();
    let secret: Secret = SECRET.parse().unwrap();
    let expected = signature(&secret, &id, timestamp, &body).to_lowercase();
    Some(Got {
        is_signed: headers["webhook-signature"] == expected,
        id,
        timestamp,
        body,
    })
}

fn configure(vendor: &Vendor, url: &str, more: &str) {
    std::fs::write(vendor.path("hook.secret"), SECRET).unwrap();
    vendor.write_config(&format!(
        "[alerts]\nevery = \"10ms\"\nretry-first = \"10ms\"\nretry-most = \"50ms\"\n{more}\n\
         [[alerts.webhook]]\nname = \"hook\"\nurl = \"{url}\"\nsecret = \"hook.secret\"\n\
         timeout = \"300ms\"\n"
    ));
}

fn person(user: &str, role: Role) -> Person {
    Person {
        user: user.parse().unwrap(),
        role,
        operator: None,
    }
}

fn opening(number: u64) -> Opening {
    Opening {
        number: 0,
        operator: "acme".into(),
        flags: vec![Linked {
            record: number,
            code: Code::OutsidePermitted,
            subject: "host:ab".into(),
            ground: Code::OutsidePermitted.entry().ground,
            raised_ms: number,
            evidence: Vec::new(),
        }],
        verdicts: Vec::new(),
        by: person("ann", Role::Analyst),
        at_ms: number,
        why: "what is this?".parse().unwrap(),
    }
}

/// Opens cases, each of which is an alert.
async fn open_cases(running: &Running, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let opened = running.service().docket().open_case(opening(number)).await;
        log(running, opened.unwrap()).await;
    }
}

/// Logs what was checked, as the API does.
async fn log(running: &Running, pending: Pending<'_>) -> Arc<Held> {
    let logged = running
        .service()
        .store()
        .commit(vec![pending.record()])
        .await;
    pending.logged(logged.unwrap().records[0].index)
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The cases that were told of, each once, in order; twice only under the same id with the same bytes.
fn cases(taken: &[Got]) -> Vec<u64> {
    let mut ids: BTreeMap<&str, &[u8]> = BTreeMap::new();
    let mut cases = Vec::new();
    for got in taken {
        assert!(got.is_signed);
        match ids.insert(&got.id, &got.body) {
            Some(before) => assert_eq!(before, got.body),
            None => {
                let read: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
                assert_eq!(read["type"], "case.opened");
                cases.push(read["data"]["case"].as_u64().unwrap());
            }
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_down_for_a_day_gets_everything_once_it_is_back() {
    let vendor = Vendor::new();
    let receiver = Receiver::start();
    configure(&vendor, &format!("http://{}/hook", receiver.address), "");
    let hands = Hands::at(real_now());
    let mut running = vendor.start(hands.clock()).await;
    open_cases(&running, 0..3).await;
    until("the first three", || receiver.taken().len() == 3).await;
    let moods = [
        Mood::Status(500),
        Mood::Status(404),
        Mood::Garbage,
        Mood::Silent,
        Mood::Flood,
        Mood::Hang,
        Mood::Redirect,
        Mood::Status(410),
    ];
    let mut next = 3;
    for mood in moods {
        receiver.set(mood);
        let asked = receiver.asked();
        open_cases(&running, next..next + 2).await;
        next += 2;
        until("an attempt", || receiver.asked() > asked + 1).await;
        hands.advance(DAY_MS / 8);
    }
    // All of it again after a restart, while the target is still away.
    running.stop().await.unwrap();
    running = vendor.start(hands.clock()).await;
    open_cases(&running, next..next + 2).await;
    hands.advance(DAY_MS / 8);
    assert_eq!(receiver.taken().len(), 3, "nothing is taken yet");
    receiver.set(Mood::Ok);
    let all: Vec<u64> = (1..=next + 2).collect();
    until("everything", || receiver.taken().len() >= all.len()).await;
    running.stop().await.unwrap();
    assert_eq!(cases(&receiver.taken()), all);
    // The time is that of the attempt, so that a receiver can refuse what is old.
    let last = receiver.taken().last().unwrap().timestamp;
    assert!(last >= hands.now() / 1000 - 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_before_a_crash_comes_again_under_the_same_id() {
    let vendor = Vendor::new();
    let receiver = Receiver::start();
    configure(&vendor, &format!("http://{}/hook", receiver.address), "");
    receiver.set(Mood::TakesAndBreaks);
    let running = vendor.start(Hands::at(real_now()).clock()).await;
    open_cases(&running, 0..2).await;
    until("it to be taken twice", || receiver.taken().len() >= 2).await;
    running.stop().await.unwrap();
    receiver.set(Mood::Ok);
    let running = vendor.start(Hands::at(real_now()).clock()).await;
    until("the second case", || cases(&receiver.taken()) == [1, 2]).await;
    running.stop().await.unwrap();
    let again = receiver
        .taken()
        .iter()
        .filter(|got| got.id == receiver.taken()[0].id)
        .count();
    assert!(again >= 3, "{again}");
    // Nothing more after another restart: what was delivered is behind the cursor.
    let before = receiver.taken().len();
    let running = vendor.start(Hands::at(real_now()).clock()).await;
    open_cases(&running, 5..6).await;
    until("the third case", || receiver.taken().len() > before).await;
    running.stop().await.unwrap();
    assert_eq!(receiver.taken().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secret_is_seen_by_the_receiver() {
    let vendor = Vendor::new();
    let receiver = Receiver::start();
    configure(&vendor, &format!("http://{}/hook", receiver.address), "");
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    std::fs::write(vendor.path("hook.secret"), other).unwrap();
    let running = vendor.start(Hands::at(real_now()).clock()).await;
    open_cases(&running, 0..1).await;
    until("it", || receiver.taken().len() == 1).await;
    assert!(!receiver.taken()[0].is_signed);
    running.stop().await.unwrap();
}

/// Answers one HTTPS request with 204 and tells what it got.
fn https(names: Vec<String>) -> (SocketAddr, String, std::sync::mpsc::Receiver<Got>) {
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (send, got) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::new(config.clone())).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, tcp.unwrap());
            if let Some(got) = read(&mut stream) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.flush();
                let _ = send.send(got);
            }
        }
    });
    (address, made.cert.pem(), got)
}

#[tokio::test(flavor = "multi_thread")]
async fn https_goes_only_to_whom_the_configured_authority_names() {
    let vendor = Vendor::new();
    let (address, pem, got) = https(vec!["127.0.0.1".into()]);
    let (_, stranger, _) = https(vec!["127.0.0.1".into()]);
    std::fs::write(vendor.path("ca.pem"), &stranger).unwrap();
    let url = format!("https://{address}/hook");
    configure(&vendor, &url, "");
    let text = std::fs::read_to_string(vendor.path("collector.toml")).unwrap();
    std::fs::write(
        vendor.path("collector.toml"),
        format!("{text}ca = \"ca.pem\"\n"),
    )
    .unwrap();
    let running = vendor.start(Hands::at(real_now()).clock()).await;
    open_cases(&running, 0..1).await;
    assert!(got.recv_timeout(Duration::from_millis(500)).is_err());
    running.stop().await.unwrap();
    std::fs::write(vendor.path("ca.pem"), &pem).unwrap();
    let running = vendor.start(Hands::at(real_now()).clock()).await;
    let got = got.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(got.is_signed);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn syslog_gets_the_same_over_each_of_its_ways() {
    let vendor = Vendor::new();
    let unix = UnixDatagram::bind(vendor.path("log.sock")).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let (udp_at, tcp_at) = (udp.local_addr().unwrap(), tcp.local_addr().unwrap());
    let ways = [
        format!("unix:{}", vendor.path("log.sock").display()),
        format!("udp:{udp_at}"),
        format!("tcp:{tcp_at}"),
    ];
    let targets: String = ways
        .iter()
        .enumerate()
        .map(|(at, to)| format!("[[alerts.syslog]]\nname = \"s{at}\"\nto = \"{to}\"\n"))
        .collect();
    vendor.write_config(&format!("[alerts]\nevery = \"10ms\"\n{targets}"));
    let running = vendor.start(Hands::at(real_now()).clock()).await;
    open_cases(&running, 0..1).await;
    let wait = Some(Duration::from_secs(20));
    let mut bytes = [0; 2048];
    unix.set_read_timeout(wait).unwrap();
    let length = unix.recv(&mut bytes).unwrap();
    let first = String::from_utf8(bytes[..length].to_vec()).unwrap();
    assert!(first.starts_with("<133>1 "), "{first}");
    assert!(
        first.contains(" case.opened [domicile@32473 logIndex="),
        "{first}"
    );
    udp.set_read_timeout(wait).unwrap();
    let length = udp.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..length], first.as_bytes());
    let (mut stream, _) = tcp.accept().unwrap();
    let counted = format!("{} {first}", first.len());
    let mut read = vec![0; counted.len()];
    stream.read_exact(&mut read).unwrap();
    assert_eq!(String::from_utf8(read).unwrap(), counted);
    // A server that went away is connected to again.
    drop(stream);
    open_cases(&running, 1..2).await;
    let (mut stream, _) = tcp.accept().unwrap();
    stream.read_exact(&mut [0; 20]).unwrap();
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_count_cases_and_say_how_far_behind_a_target_is() {
    let vendor = Vendor::new();
    let receiver = Receiver::start();
    receiver.set(Mood::Status(503));
    let url = format!("http://{}/hook", receiver.address);
    configure(&vendor, &url, "metrics-listen = \"127.0.0.1:0\"");
    let hands = Hands::at(real_now());
    let running = vendor.start(hands.clock()).await;
    open_cases(&running, 0..2).await;
    let service = running.service();
    let step = Step {
        version: 1,
        by: person("ann", Role::Analyst),
        at_ms: 10,
        action: Action::Explain("a repair".parse().unwrap()),
    };
    let stepped = service.docket().step(1, step).await.unwrap();
    assert_eq!(log(&running, stepped).await.case.version(), 2);
    until("an attempt", || receiver.asked() > 0).await;
    hands.advance(DAY_MS);
    let url = format!("http://{}", running.metrics.unwrap());
    let mut client = Client::new(url.parse().unwrap(), Duration::from_secs(5));
    let answer = client.get("metrics", 100_000).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .content_type
            .starts_with("application/openmetrics-text")
    );
    let page = String::from_utf8(answer.body).unwrap();
    let value = |name: &str| -> u64 {
        let line = page.lines().find(|line| line.starts_with(name));
        let value = line
            .and_then(|line| line.rsplit_once(' '))
            .map(|(_, value)| value);
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or_else(|| panic!("{name}\n{page}"))
    };
    assert_eq!(value("domicile_cases{state=\"explained\"}"), 1);
    assert_eq!(value("domicile_cases{state=\"inquiry\"}"), 1);
    let behind = value("domicile_alert_backlog_seconds{target=\"hook\"}");
    assert!(
        (DAY_MS / 1000 - 10..DAY_MS / 1000 + 600).contains(&behind),
        "{behind}"
    );
    assert!(value("domicile_alert_attempts_failed_total{target=\"hook\"}") > 0);
    assert_eq!(client.get("other", 1000).await.unwrap().status, 404);
    running.stop().await.unwrap();
}
