//! Saved listings: what a collector signed, checked offline, and every change of it found.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::{World, seeded};
use domicile_audit::commands::Exit;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use support::server::{Answers, serve, statement, write_profile};

/// Three pages of verdicts; the second cursor needs encoding.
fn pages() -> Answers {
    Box::new(|path| {
        let (name, next) = match path.split("cursor=").nth(1) {
            None => ("a", json!("p 2")),
            Some("p%202") => ("b", json!("p3")),
            Some("p3") => ("c", Value::Null),
            Some(_) => return Some((400, b"{}".to_vec())),
        };
        let row = |half: u8| {
            json!({
                "id": format!("{name}{half}"), "host": "h\"1", "value": "confined",
                "deciding_votes": ["x", "y"], "log_index": half, "chain": Value::Null,
            })
        };
        let page = json!({"items": [row(1), row(2)], "next": next});
        Some((200, page.to_string().into_bytes()))
    })
}

struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    async fn new(answers: Answers) -> Self {
        let world = World::new();
        let server = serve(&world, seeded(b'c', 0), answers).await;
        let folder = tempfile::tempdir().unwrap();
        write_profile(folder.path(), &world, &server.address.to_string());
        Self { folder }
    }

    fn saved(&self) -> std::path::PathBuf {
        self.folder.path().join("saved")
    }

    async fn run(&self, arguments: &[&str]) -> (Exit, String) {
        let profile = self.folder.path().join("profile.toml");
        let start = ["domicile-audit", "--profile", profile.to_str().unwrap()];
        support::run(start.iter().chain(arguments)).await
    }

    async fn save(&self, more: &[&str]) -> (Exit, String) {
        let saved = self.saved();
        let mut arguments = vec![
            "list",
            "--value",
            "confined",
            "--save",
            saved.to_str().unwrap(),
        ];
        arguments.extend(more);
        self.run(&arguments).await
    }

    async fn verify(&self) -> (Exit, String) {
        let saved = self.saved();
        self.run(&["saved", "verify", saved.to_str().unwrap()])
            .await
    }

    fn rewrite(&self, name: &str, change: impl Fn(&str) -> String) {
        let path = self.saved().join(name);
        let text = fs::read_to_string(&path).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed, "{name} was not changed");
        fs::write(path, changed).unwrap();
    }
}

#[tokio::test]
async fn a_saved_listing_is_whole_and_verifies() {
    let stage = Stage::new(pages()).await;
    let (exit, text) = stage.save(&["--all"]).await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert!(
        text.starts_with("6 rows in 3 signed answers saved in"),
        "{text}"
    );
    let (exit, text) = stage.verify().await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert!(
        text.contains("question   /v1/attestations?value=confined\n"),
        "{text}"
    );
    assert!(
        text.contains("answers    3, 6 rows: all that was listed\n"),
        "{text}"
    );

    let read = |name: &str| fs::read_to_string(stage.saved().join(name)).unwrap();
    let csv = read("rows.csv");
    assert_eq!(csv.lines().count(), 7);
    assert!(csv.contains("a1,\"h\"\"1\",,confined"), "{csv}");
    assert_eq!(read("rows.ndjson").lines().count(), 6);
    // A second save into the same folder is refused and harms nothing.
    let (exit, _) = stage.save(&["--all"]).await;
    assert_eq!(exit, Exit::Usage);
    assert_eq!(stage.verify().await.0, Exit::Ok);
}

#[tokio::test]
async fn parquet_is_read_by_the_crates_reader() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let stage = Stage::new(pages()).await;
    stage.save(&["--all"]).await;
    let file = fs::File::open(stage.saved().join("rows.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows: Vec<_> = reader
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 6);
    let cells: Vec<String> = rows[0]
        .get_column_iter()
        .map(|(name, cell)| format!("{name}={cell}"))
        .collect();
    assert!(cells.contains(&"id=\"a1\"".to_owned()), "{cells:?}");
    assert!(cells.contains(&"chain=null".to_owned()), "{cells:?}");
    assert!(
        cells.contains(&"deciding_votes=\"x;y\"".to_owned()),
        "{cells:?}"
    );
}

#[tokio::test]
async fn a_part_says_that_it_is_one() {
    let stage = Stage::new(pages()).await;
    assert_eq!(stage.save(&["--limit", "2"]).await.0, Exit::Ok);
    assert!(
        stage
            .verify()
            .await
            .1
            .contains("2 rows: the beginning only")
    );
    let stage = Stage::new(pages()).await;
    assert_eq!(stage.save(&["--cursor", "p3"]).await.0, Exit::Ok);
    assert!(
        stage
            .verify()
            .await
            .1
            .contains("2 rows: from a cursor to the end")
    );
}

/// Every file of the folder: what is changed in it, and what then is said.
#[tokio::test]
async fn every_change_is_found_and_named() {
    let drop_line = |at: usize| {
        move |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            let kept = lines.iter().enumerate().filter(|(n, _)| *n != at);
            kept.map(|(_, line)| format!("{line}\n"))
                .collect::<String>()
        }
    };
    let swap = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.swap(0, 1);
        lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    type Change = Box<dyn Fn(&str) -> String>;
    let changes: Vec<(&str, Change, &str)> = vec![
        (
            "answers.jsonl",
            Box::new(|text| text.replacen("a1", "z1", 1)),
            "not the one that its statement names",
        ),
        (
            "answers.jsonl",
            Box::new(drop_line(1)),
            "not the one that its statement names",
        ),
        (
            "answers.jsonl",
            Box::new(drop_line(2)),
            "as many statements as answers",
        ),
        (
            "answers.jsonl",
            Box::new(swap),
            "not the one that its statement names",
        ),
        (
            "statements.txt",
            Box::new(|text| text.replacen('A', "B", 1)),
            "page 1",
        ),
        (
            "statements.txt",
            Box::new(drop_line(0)),
            "not the one that its statement names",
        ),
        (
            "rows.csv",
            Box::new(|text| text.replacen("confined", "invalid", 1)),
            "rows.csv is not the table",
        ),
        (
            "rows.ndjson",
            Box::new(drop_line(5)),
            "rows.ndjson is not the table",
        ),
        (
            "manifest.json",
            Box::new(|text| text.replace("\"rows\": 6", "\"rows\": 5")),
            "6",
        ),
        (
            "manifest.json",
            Box::new(|text| text.replace("value=confined", "value=invalid")),
            "it answers",
        ),
        (
            "manifest.json",
            Box::new(|text| text.replacen("\"rows.csv\": \"", "\"rows.csv\": \"0", 1)),
            "other files or digests",
        ),
        (
            "manifest.json",
            Box::new(|text| text.replace("\"format\": 1", "\"format\": 2")),
            "form 2",
        ),
    ];
    let stage = Stage::new(pages()).await;
    stage.save(&["--all"]).await;
    for (name, change, said) in changes {
        let path = stage.saved().join(name);
        let whole = fs::read(&path).unwrap();
        stage.rewrite(name, change);
        let (exit, text) = stage.verify().await;
        assert_eq!(exit, Exit::Invalid, "{name}: {text}");
        assert!(text.contains(said), "{name}: {text}");
        fs::write(&path, whole).unwrap();
    }
    // The last page left out with its statement: the folder no longer goes to the end, and says it does.
    for name in ["answers.jsonl", "statements.txt"] {
        stage.rewrite(name, drop_line(2));
    }
    let (exit, text) = stage.verify().await;
    assert_eq!(
        (exit, text.contains("complete: true")),
        (Exit::Invalid, true),
        "{text}"
    );
}

#[tokio::test]
async fn answers_of_other_questions_do_not_follow() {
    let stage = Stage::new(pages()).await;
    stage.save(&["--all"]).await;
    let answers = fs::read_to_string(stage.saved().join("answers.jsonl")).unwrap();
    let second = answers.lines().nth(1).unwrap();
    // Signed by the collector, but asked with another cursor, or before the page before it.
    for (path, read, said) in [
        (
            "/v1/attestations?value=confined&limit=1000&cursor=other",
            50,
            "does not go on",
        ),
        (
            "/v1/attestations?value=invalid&limit=1000&cursor=p%202",
            50,
            "it answers",
        ),
        (
            "/v1/attestations?value=confined&limit=1000&cursor=p%202",
            1,
            "before the page before it",
        ),
    ] {
        let path_of = stage.saved().join("statements.txt");
        let whole = fs::read_to_string(&path_of).unwrap();
        let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
        lines[1] = statement(path, second.as_bytes(), read);
        fs::write(&path_of, lines.join("\n") + "\n").unwrap();
        let (exit, text) = stage.verify().await;
        assert_eq!(exit, Exit::Invalid, "{text}");
        assert!(text.contains("page 2") && text.contains(said), "{text}");
        fs::write(&path_of, whole).unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_saved_leaves_nothing() {
    let stage = Stage::new(Box::new(|_| {
        Some((200, b"{\"items\":[],\n\"next\":null}".to_vec()))
    }))
    .await;
    let (exit, text) = stage.save(&[]).await;
    assert_eq!(exit, Exit::Unreachable, "{text}");
    let left: Vec<_> = fs::read_dir(stage.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| Path::new(name).to_string_lossy().contains("saved"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
