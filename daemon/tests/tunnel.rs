//! Networks that block UDP: the same session inside TLS over TCP, on real sockets.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::anchor::Manner;
use common::proxy::{Conduct, Proxy};
use common::{Ways, World, report};
use domicile_certs::Identity;
use domicile_daemon::Error;
use domicile_daemon::config::TunnelPolicy;
use domicile_daemon::range::{Visit, range_one};
use domicile_proto::codec;
use domicile_proto::ranging::SessionNonce;
use domicile_proto::wire::{self, DropReason, Transport};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const HONEST: [Manner; 4] = [Manner::Honest; 4];

/// What each anchor of a report says it went over, and whether the agent says through a proxy.
fn ways(report: &wire::Evidence) -> Vec<(Transport, bool)> {
    let of = |ranging: &wire::Ranging| {
        let signed: wire::Signed = codec::decode(&ranging.transcript, 1 << 16).unwrap();
        let account: wire::AgentTranscript = codec::decode(&signed.payload, 1 << 16).unwrap();
        let transcript: wire::RangingTranscript =
            codec::decode(&account.transcript, 1 << 16).unwrap();
        (transcript.transport(), account.proxied)
    };
    report.rangings.iter().map(of).collect()
}

async fn world(ways: Ways) -> World {
    let mut world = World::new(&HONEST).await;
    world.ways = ways;
    world.collector.set_directory(2);
    world.install(2).unwrap();
    world
}

#[tokio::test]
async fn where_udp_is_silent_all_of_it_goes_through_tcp_and_says_so() {
    let world = world(Ways::TunnelsOnly).await;
    world.enrol().await.unwrap();
    let mut agent = world.agent().unwrap();
    let started = Instant::now();
    let outcome = agent.session().await.unwrap();
    assert_eq!((outcome.ranged, outcome.drawn), (4, 4));
    // One head start for UDP, not one for each server.
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    let received = world.collector.kept().received.clone();
    assert_eq!(ways(&report(&received[0])), [(Transport::TlsTcp, false); 4]);
    agent.sign_of_life().await.unwrap();
    agent.session().await.unwrap();
}

#[tokio::test]
async fn where_udp_answers_no_tunnel_is_used() {
    let world = world(Ways::UdpAndTunnels).await;
    world.enrol().await.unwrap();
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    let received = world.collector.kept().received.clone();
    assert_eq!(
        ways(&report(&received[0])),
        [(Transport::QuicDatagram, false); 4]
    );
}

#[tokio::test]
async fn the_configuration_may_forbid_tunnels_or_want_nothing_else() {
    let mut world = world(Ways::TunnelsOnly).await;
    world.config.tunnel = TunnelPolicy::Never;
    assert!(matches!(world.enrol().await, Err(Error::Report(_))));
    world.config.tunnel = TunnelPolicy::Always;
    world.enrol().await.unwrap();
    world.ways = Ways::UdpAndTunnels;
    world.collector.set_directory(3);
    world.install(3).unwrap();
    world.agent().unwrap().session().await.unwrap();
    let received = world.collector.kept().received.clone();
    assert_eq!(ways(&report(&received[0])), [(Transport::TlsTcp, false); 4]);
}

/// What `rules` leave of TCP: the ports, and whether `connect` may be called at all.
fn left(config: &domicile_daemon::Config) -> (Vec<u16>, bool) {
    let rules = domicile_daemon::rules::network(config, None);
    let names = rules.calls.names();
    let connects = names.iter().any(|name| name.starts_with("connect"));
    (rules.tcp_ports.into_iter().collect(), connects)
}

#[tokio::test]
async fn nothing_of_tcp_is_left_but_what_the_directorys_tunnels_need() {
    let mut world = world(Ways::UdpAndTunnels).await;
    let mut listed: Vec<u16> = world.anchors.iter().map(|one| one.tunnel.port()).collect();
    listed.push(world.collector.tunnel.port());
    listed.sort_unstable();
    assert_eq!(left(&world.config), (listed, true));
    let proxied = domicile_daemon::Config {
        proxy: Some(([192, 0, 2, 7], 3128).into()),
        ..world.config.clone()
    };
    assert_eq!(left(&proxied), (vec![3128], true));
    let never = domicile_daemon::Config {
        tunnel: TunnelPolicy::Never,
        ..world.config.clone()
    };
    assert_eq!(left(&never), (vec![], false));
    world.ways = Ways::Udp;
    world.collector.set_directory(3);
    world.install(3).unwrap();
    assert_eq!(left(&world.config), (vec![], false));
    assert_eq!(left(&proxied), (vec![], false));
}

/// The real program keeps running while a directory is installed: new tunnels count at the next
/// session where it may still connect to their ports; where it may not, `status` says what to do.
#[tokio::test]
async fn a_new_directorys_tunnels_count_without_a_restart_or_it_is_said_that_they_do_not() {
    let mut world = world(Ways::UdpAndTunnels).await;
    world.enrol().await.unwrap();
    let config = world.config_file();
    let program = env!("CARGO_BIN_EXE_domiciled");
    let mut service = tokio::process::Command::new(program)
        .arg("--config")
        .arg(&config)
        .arg("run")
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    world.collector.report_arrived().await;
    let sessions = async |world: &World, what: &dyn Fn(&serde_json::Value) -> bool| loop {
        let status = domicile_daemon::status::status(&world.config, 0).unwrap();
        if what(&status.value()["last_session"]) {
            return status.text(false);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    // Servers only by TCP from now on, at ports that were listed when it started.
    world.ways = Ways::TunnelsOnly;
    world.collector.set_directory(3);
    world.install(3).unwrap();
    let all_tunnels = |session: &serde_json::Value| {
        let anchors = session["anchors"].as_array().into_iter().flatten();
        anchors.filter(|anchor| anchor["way"] == "tunnel").count() == 4
            && session["collector"]["way"] == "tunnel"
    };
    let text = sessions(&world, &all_tunnels).await;
    assert!(text.contains(", tunnel over TCP"), "{text}");
    // An anchor whose tunnel moves to a port that was not.
    let moved = common::anchor::FakeAnchor::start(&world.authority, Manner::Honest);
    world.anchors[3] = moved;
    world.collector.set_directory(4);
    world.install(4).unwrap();
    let new_port = |session: &serde_json::Value| {
        let dropped = session["anchors"][3]["dropped"].as_str();
        dropped.is_some_and(|why| why.contains("is new in the directory"))
    };
    let text = sessions(&world, &new_port).await;
    assert!(text.contains("restart it"), "{text}");
    common::process::signal(service.id().unwrap(), "-TERM");
    assert!(service.wait().await.unwrap().success());
    let once = tokio::process::Command::new(program)
        .arg("--config")
        .arg(&config)
        .arg("once")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&once.stdout).into_owned();
    assert!(said.contains("4 of 4 anchors"), "{said}");
}

#[tokio::test]
async fn status_names_the_way_to_each_server() {
    let ways = |world: &World| {
        let status = domicile_daemon::status::status(&world.config, 0).unwrap();
        let session = status.value()["last_session"].clone();
        let mut ways = vec![session["collector"]["way"].clone()];
        let anchors = session["anchors"].as_array().unwrap().iter();
        ways.extend(anchors.map(|anchor| anchor["way"].clone()));
        (ways, status.text(false))
    };
    let mut world = world(Ways::UdpAndTunnels).await;
    world.enrol().await.unwrap();
    world.agent().unwrap().session().await.unwrap();
    let (over_udp, text) = ways(&world);
    assert_eq!(over_udp, ["quic"; 5]);
    assert!(text.contains("collector            QUIC"), "{text}");

    world.ways = Ways::TunnelsOnly;
    world.collector.set_directory(3);
    world.install(3).unwrap();
    let honest = Proxy::start(Conduct::Honest).await;
    let file = world.folder.path().join("proxy-credentials");
    std::fs::write(&file, "someone:a secret\n").unwrap();
    world.config.proxy = Some(honest.address);
    world.config.proxy_credentials = Some(file);
    world.agent().unwrap().session().await.unwrap();
    let (proxied, text) = ways(&world);
    assert_eq!(proxied, ["proxied-tunnel"; 5]);
    assert!(text.contains("tunnel through the proxy"), "{text}");

    let hostile = Proxy::start(Conduct::Intercepts).await;
    world.config.proxy = Some(hostile.address);
    world.agent().unwrap().session().await.unwrap_err();
    let (intercepted, text) = ways(&world);
    assert_eq!(intercepted, ["intercepted"; 5]);
    assert!(text.contains("somebody else's certificate"), "{text}");
}

#[tokio::test]
async fn an_open_proxy_is_gone_through_and_named_in_the_report() {
    let mut world = world(Ways::TunnelsOnly).await;
    let proxy = Proxy::start(Conduct::Honest).await;
    world.config.proxy = Some(proxy.address);
    let error = world.enrol().await.unwrap_err().to_string();
    assert!(error.contains("asks for a user and a password"), "{error}");

    let file = world.folder.path().join("proxy-credentials");
    std::fs::write(&file, "someone:a secret\n").unwrap();
    world.config.proxy_credentials = Some(file);
    world.enrol().await.unwrap();
    let outcome = world.agent().unwrap().session().await.unwrap();
    assert_eq!(outcome.ranged, 4);
    let received = world.collector.kept().received.clone();
    assert_eq!(ways(&report(&received[0])), [(Transport::TlsTcp, true); 4]);
    assert!(proxy.passed.load(Ordering::Relaxed) >= 5);
}

#[tokio::test]
async fn somebody_who_opens_tls_is_told_apart_and_hears_nothing() {
    for conduct in [Conduct::Intercepts, Conduct::InterceptsWithEcdsa] {
        let mut world = world(Ways::UdpAndTunnels).await;
        world.enrol().await.unwrap();
        world.ways = Ways::TunnelsOnly;
        world.collector.set_directory(3);
        world.install(3).unwrap();
        let proxy = Proxy::start(conduct).await;
        let file = world.folder.path().join("proxy-credentials");
        std::fs::write(&file, "someone:a secret\n").unwrap();
        world.config.proxy = Some(proxy.address);
        world.config.proxy_credentials = Some(file);
        let error = world.agent().unwrap().session().await.unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("somebody else's certificate"),
            "{conduct:?}: {error}"
        );
        assert_eq!(
            proxy.opened.load(Ordering::Relaxed),
            0,
            "no handshake is completed"
        );
        assert!(proxy.passed.load(Ordering::Relaxed) >= 1, "it was tried");

        let visit = Visit {
            session_nonce: SessionNonce::read(&[7; 60]).unwrap(),
            directory_version: 3,
            newest_head: None,
            limit_ns: None,
        };
        let bytes = std::fs::read(world.directory_file(3)).unwrap();
        let key = world.authority.directory_key().public();
        let directory = domicile_proto::directory::Directory::open(&bytes, &key).unwrap();
        let identity = Identity::load(&world.state().key(), &world.state().certificate()).unwrap();
        let dropped = range_one(
            &world.network(),
            &world.host,
            &identity,
            &directory.anchors[0],
            &visit,
            Duration::from_secs(2),
        )
        .await
        .unwrap_err();
        assert_eq!(dropped.reason(), DropReason::Intercepted, "{dropped}");
    }
}

#[tokio::test]
async fn a_proxy_that_answers_anything_costs_its_own_connection_only() {
    let cases: [(&'static [u8], &str); 5] = [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refused with status 403"),
        (
            b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n",
            "goes on behind the head",
        ),
        (b"\x16\x03\x01\0\0", "broke"),
        (&[b'x'; 5000], "longer than 4096 bytes"),
        (b"", "broke"),
    ];
    let mut world = world(Ways::TunnelsOnly).await;
    world.config.tunnel = TunnelPolicy::Always;
    for (reply, said) in cases {
        let proxy = Proxy::start(Conduct::Says(reply)).await;
        world.config.proxy = Some(proxy.address);
        let error = world.enrol().await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

/// The real program, confined, where UDP is silent: what tunnels need is allowed, and where they
/// are forbidden nothing of it is.
#[tokio::test]
async fn the_confined_program_goes_through_tcp_only_where_it_may() {
    let world = world(Ways::TunnelsOnly).await;
    let config = world.config_file();
    let token = world.folder.path().join("token");
    std::fs::write(&token, world.token_text()).unwrap();
    let token = token.to_str().unwrap();
    let text = std::fs::read_to_string(&config).unwrap();
    let run = async |more: &str, arguments: &[&str]| {
        std::fs::write(&config, format!("{text}{more}\n")).unwrap();
        let program = env!("CARGO_BIN_EXE_domiciled");
        let mut command = tokio::process::Command::new(program);
        let command = command.arg("--config").arg(&config).args(arguments);
        command.output().await.unwrap()
    };
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let output = run("tunnel = \"never\"", &["enrol", "--token-file", token]).await;
    assert!(!output.status.success());
    assert!(
        said(&output).contains("cannot be reached"),
        "{}",
        said(&output)
    );
    let output = run("", &["enrol", "--token-file", token]).await;
    assert!(output.status.success(), "{}", said(&output));
    let output = run("", &["once"]).await;
    assert!(output.status.success(), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("4 of 4 anchors"));
    let proxy = Proxy::start(Conduct::Honest).await;
    std::fs::write(world.folder.path().join("user"), "someone:a secret").unwrap();
    let more = format!(
        "proxy = \"{}\"\nproxy-credentials = \"user\"",
        proxy.address
    );
    let output = run(&more, &["once"]).await;
    assert!(output.status.success(), "{}", said(&output));
    assert!(!said(&output).contains("secret"));
    let received = world.collector.kept().received.clone();
    assert_eq!(ways(&report(&received[0])), [(Transport::TlsTcp, false); 4]);
    assert_eq!(ways(&report(&received[1])), [(Transport::TlsTcp, true); 4]);
}
