//! The commands that ask a collector, against a stand-in with the collector's key.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::{World, seeded};
use domicile_audit::commands::Exit;
use domicile_proto::types::Digest;
use serde_json::{Value, json};
use support::Scene;
use support::server::{Answers, Server, serve, stranger, write_profile};

/// A running stand-in and an auditor's files.
struct Stage {
    server: Server,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn new(answers: Answers) -> Self {
        Self::with_key(seeded(b'c', 0), answers).await
    }

    async fn with_key(key: domicile_proto::sign::SigningKey, answers: Answers) -> Self {
        let world = World::new();
        let server = serve(&world, key, answers).await;
        let folder = tempfile::tempdir().unwrap();
        write_profile(folder.path(), &world, &server.address.to_string());
        Self { server, folder }
    }

    /// Runs a command: its exit, what it wrote, or what it complained of.
    async fn run(&self, arguments: &[&str]) -> (Exit, String) {
        let profile = self.folder.path().join("profile.toml");
        let start = ["domicile-audit", "--profile", profile.to_str().unwrap()];
        support::run(start.iter().chain(arguments)).await
    }

    fn asked(&self) -> Vec<String> {
        self.server.asked.lock().unwrap().clone()
    }
}

fn always(status: u16, body: impl Into<Vec<u8>>) -> Answers {
    let body = body.into();
    Box::new(move |_| Some((status, body.clone())))
}

fn hosts() -> Value {
    json!({"items": [
        {
            "host": "ab".repeat(32), "customer": "Acme, Inc. \"East\"", "operator": "acme", "site": "sin-1",
            "metro": "sin", "territory": "SG", "licence": "L-1", "enrolled": "2026-09-20T10:00:00.000Z",
            "state": "reporting", "last_seen": "2026-09-21T10:00:00.123Z",
            "last_verdict": {"id": "cd".repeat(32), "value": "confined", "tier": "0.69c",
                "measured_from": "2026-09-21T10:00:00.000Z", "measured_until": "2026-09-21T10:00:01.000Z",
                "judged": "2026-09-21T10:00:02.000Z", "expires": "2026-09-22T12:00:01.000Z", "current": true},
        },
        {
            "host": "01".repeat(32), "customer": "Mallory\u{1b}[2J\nGmbH", "operator": "m", "site": "x",
            "metro": "fra", "territory": "DE", "licence": "L-2", "enrolled": "2026-09-20T10:00:00.000Z",
            "state": "silent", "last_seen": null, "last_verdict": null,
        },
    ], "next": null})
}

#[tokio::test]
async fn hosts_in_every_format() {
    let stage = Stage::new(always(200, hosts().to_string())).await;
    let (exit, table) = stage.run(&["hosts"]).await;
    assert_eq!(exit, Exit::Ok, "{table}");
    insta::assert_snapshot!("hosts_table", table);
    assert!(!table.contains('\u{1b}'));
    let (_, csv) = stage.run(&["--format", "csv", "hosts"]).await;
    insta::assert_snapshot!("hosts_csv", csv.replace('\u{1b}', "<ESC>"));
    let (_, lines) = stage.run(&["--format", "ndjson", "hosts"]).await;
    let rows: Vec<Value> = lines
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert_eq!(Value::from(rows), hosts()["items"]);
    let (_, document) = stage.run(&["--format", "json", "hosts"]).await;
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap(), hosts());
}

#[tokio::test]
async fn nothing_found_is_said() {
    let stage = Stage::new(always(200, r#"{"items":[],"next":null}"#)).await;
    assert_eq!(
        stage.run(&["forks"]).await,
        (Exit::Ok, "nothing found\n".into())
    );
    let (_, csv) = stage.run(&["--format", "csv", "incidents"]).await;
    assert_eq!(csv, "trust_domains,first,last,attestations\n");
}

#[tokio::test]
async fn listings_go_page_by_page_through_cursors() {
    let page = |path: &str| {
        let (name, next) = match path.split("cursor=").nth(1) {
            None => ("one", json!("p2")),
            Some("p2") => ("two", json!("p 3")),
            Some("p%203") => ("three", Value::Null),
            Some(other) => panic!("cursor {other}"),
        };
        let row = |half: u8| json!({"id": format!("{name}-{half}")});
        Some((
            200,
            json!({"items": [row(1), row(2)], "next": next})
                .to_string()
                .into_bytes(),
        ))
    };
    let stage = Stage::new(Box::new(page)).await;
    let ids = |text: &str| -> Vec<String> {
        let id = |row: &str| {
            serde_json::from_str::<Value>(row).unwrap()["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        text.lines().map(id).collect()
    };
    let filters = [
        "--format",
        "ndjson",
        "list",
        "--value",
        "confined",
        "--licence",
        "L 1",
        "--from",
        "2026-01-31T01:00:00+01:00",
        "--until",
        "2026-02-01T00:00:00Z",
    ];
    let (_, all) = stage.run(&[&filters[..], &["--all"]].concat()).await;
    assert_eq!(
        ids(&all),
        ["one-1", "one-2", "two-1", "two-2", "three-1", "three-2"]
    );
    let query = "/v1/attestations?value=confined&licence=L%201&from=2026-01-31T00%3A00%3A00Z\
                 &until=2026-02-01T00%3A00%3A00Z&limit=1000";
    let expected = [
        query.to_owned(),
        format!("{query}&cursor=p2"),
        format!("{query}&cursor=p%203"),
    ];
    assert_eq!(stage.asked(), expected);
    let (_, three) = stage
        .run(&["--format", "ndjson", "list", "--limit", "3"])
        .await;
    assert_eq!(ids(&three), ["one-1", "one-2", "two-1"]);
    assert!(stage.asked().last().unwrap().contains("limit=1&"));
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_ends_the_listing() {
    let stage = Stage::new(always(200, r#"{"items":[],"next":"same"}"#)).await;
    let (exit, error) = stage.run(&["list", "--all"]).await;
    assert_eq!(exit, Exit::Unreachable);
    assert!(error.contains("cursor"), "{error}");
}

#[tokio::test]
async fn show_has_every_field() {
    let detail = json!({
        "id": "cd".repeat(32), "value": "confined", "deciding_votes": ["a", "b"], "chain": [],
        "tiers": [{"tier": "c", "value": "insufficient", "possible": ["SG", "MY"]},
            {"tier": "0.69c", "value": "confined", "possible": ["SG"]}],
        "notes": {"common_offset_ns": 0}, "conflicts_with": null,
    });
    let stage = Stage::new(always(200, detail.to_string())).await;
    let id = "cd".repeat(32);
    let (exit, text) = stage.run(&["show", &id]).await;
    assert_eq!(exit, Exit::Ok);
    insta::assert_snapshot!("show_table", text);
    assert_eq!(stage.asked(), [format!("/v1/attestations/{id}")]);
}

#[tokio::test]
async fn export_writes_once_and_only_what_was_asked_for() {
    let scene = Scene::new();
    let id = Digest::read("hash", &scene.verdict.evidence_hash)
        .unwrap()
        .to_string();
    let stage = Stage::new(always(200, scene.bytes())).await;
    let file = stage.folder.path().join("one.bundle");
    let name = file.to_str().unwrap();
    let (exit, text) = stage.run(&["export", &id, "--out", name]).await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert_eq!(std::fs::read(&file).unwrap(), scene.bytes());
    let (exit, report) = stage.run(&["verify", name]).await;
    assert_eq!(exit, Exit::Ok, "{report}");
    let (exit, error) = stage.run(&["export", &id, "--out", name]).await;
    assert!(
        exit == Exit::Usage && error.contains("never overwritten"),
        "{error}"
    );
    let other = stage.folder.path().join("other.bundle");
    let (exit, error) = stage
        .run(&["export", &"0".repeat(64), "--out", other.to_str().unwrap()])
        .await;
    assert!(
        exit == Exit::Unreachable && error.contains("another attestation"),
        "{error}"
    );
    assert!(!other.exists(), "nothing half-written");
}

#[tokio::test]
async fn problems_of_the_question_and_of_the_collector_end_differently() {
    for (status, expected) in [
        (400, Exit::Usage),
        (403, Exit::Usage),
        (404, Exit::Usage),
        (500, Exit::Unreachable),
        (507, Exit::Unreachable),
    ] {
        let body = json!({"type": "about:blank", "status": status, "detail": "what is wrong"});
        let stage = Stage::new(always(status, body.to_string())).await;
        let (exit, error) = stage.run(&["hosts"]).await;
        assert_eq!(exit, expected);
        assert!(
            error.contains("what is wrong") && error.contains(&status.to_string()),
            "{error}"
        );
    }
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    for body in [
        &b"<html>"[..],
        b"",
        b"[]",
        b"{\"items\":3}",
        b"{\"items\":[],\"next\":1}",
    ] {
        let stage = Stage::new(always(200, body)).await;
        let (exit, error) = stage.run(&["hosts"]).await;
        assert_eq!(exit, Exit::Unreachable, "{error}");
    }
    let long = vec![b' '; domicile_audit::client::MAX_JSON + 1];
    let stage = Stage::new(always(200, long)).await;
    let (exit, error) = stage.run(&["hosts"]).await;
    assert!(
        exit == Exit::Unreachable && error.contains("longer than"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_left() {
    let stage = Stage::new(Box::new(|_| None)).await;
    let (exit, error) = stage.run(&["--timeout", "200ms", "hosts"]).await;
    assert!(
        exit == Exit::Unreachable && error.contains("none within"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_with_another_key_is_not_asked() {
    let stage = Stage::with_key(stranger(), always(200, hosts().to_string())).await;
    let (exit, error) = stage.run(&["hosts"]).await;
    assert!(
        exit == Exit::Unreachable && error.contains("collector-1"),
        "{error}"
    );
    assert!(stage.asked().is_empty());
}

#[tokio::test]
async fn the_directory_must_name_the_collector() {
    let stage = Stage::new(always(200, hosts().to_string())).await;
    let (exit, error) = stage.run(&["--collector", "nobody", "hosts"]).await;
    assert!(
        exit == Exit::Usage && error.contains("collector-1"),
        "{error}"
    );
    assert_eq!(
        stage.run(&["--collector", "collector-1", "hosts"]).await.0,
        Exit::Ok
    );
}
