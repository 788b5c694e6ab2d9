//! Cases over the API: who may do what when, two who race, contests, restarts, the report to take away.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_collector::cases::{Held, Pending};
use domicile_collector::runtime::Running;
use domicile_diversion::cases::{
    Action, Case, Entry, Opening, Person, Role, State, Step, Target, Verb,
};
use domicile_diversion::flags::Code;
use domicile_ledger::{Kind, Leaf, verify_inclusion};
use domicile_proto::codec::{self, array};
use domicile_proto::types::Key;
use domicile_proto::wire::{CaseRecord, CaseRecords, FlagChange, FlagRecord};
use harness::auditor::{Answer, Auditor};
use harness::{Hands, Vendor, real_now};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Everybody: certificate name, user, role.
const PEOPLE: [(&str, &str, &str); 8] = [
    ("Ann", "ann", "analyst"),
    ("Dan", "dan", "analyst"),
    ("Bea", "bea", "approver"),
    ("Cid", "cid", "approver"),
    ("Ada", "ada", "admin"),
    ("Tim", "tim", "auditor"),
    ("Oda", "oda", "operator"),
    ("Ole", "ole", "operator"),
];

struct Scene {
    vendor: Vendor,
    hands: Hands,
    running: Running,
    host: Key,
    keys: AtomicU64,
}

impl Scene {
    async fn new() -> Self {
        let vendor = Vendor::new();
        let users: String = PEOPLE
            .iter()
            .map(|(name, user, role)| {
                let operator = match *user {
                    "oda" => "operator = \"acme\"\n",
                    "ole" => "operator = \"globex\"\n",
                    _ => "",
                };
                format!(
                    "[[user]]\nname = \"{user}\"\nrole = \"{role}\"\n{operator}\
                     certificate-names = [\"{name}\"]\n"
                )
            })
            .collect();
        std::fs::write(vendor.path("access.toml"), users).unwrap();
        vendor.write_config("access = \"access.toml\"");
        let hands = Hands::at(real_now());
        let running = vendor.start(hands.clock()).await;
        let agent = vendor.enrol(running.quic, 1, "sin", hands.now()).await;
        let host = agent.key();
        Self {
            vendor,
            hands,
            running,
            host,
            keys: AtomicU64::new(1),
        }
    }

    fn client(&self, name: &str) -> Auditor {
        Auditor::named(&self.vendor, self.running.api, name)
    }

    async fn get(&self, name: &str, path: &str) -> Answer {
        self.client(name).get(path).await
    }

    async fn post(&self, name: &str, path: &str, body: &Value) -> Answer {
        let key = format!("key-{:08}", self.keys.fetch_add(1, Ordering::SeqCst));
        self.client(name).post(path, &key, &body.to_string()).await
    }

    async fn step(&self, name: &str, case: u64, body: &Value) -> Answer {
        self.post(name, &format!("/v1/cases/{case}/steps"), body)
            .await
    }

    /// A step that must be taken: gives the case after it.
    async fn take(&self, name: &str, case: u64, mut body: Value) -> Value {
        let shown = self.get("Ann", &format!("/v1/cases/{case}")).await.json();
        body["version"] = shown["version"].clone();
        let answer = self.step(name, case, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    }

    /// Raises a flag in the log; gives its id.
    async fn flag(&self, code: Code, hosts: &[Key]) -> u64 {
        let at_ms = self.hands.now() + self.keys.fetch_add(1, Ordering::SeqCst);
        let record = FlagRecord {
            change: FlagChange::Raised.into(),
            code: code.name().into(),
            subject: format!("host:{}", self.host),
            at_ms,
            ground: code.entry().ground.name().into(),
            severity: code.entry().ground.severity().to_string(),
            hosts: hosts.iter().map(|key| key.to_vec()).collect(),
            ..FlagRecord::default()
        };
        let store = self.running.service().store();
        let logged = store
            .commit(vec![(Kind::Flag, codec::encode(&record))])
            .await;
        logged.unwrap().records[0].index
    }

    async fn opened(&self) -> u64 {
        let flag = self.flag(Code::OutsidePermitted, &[self.host]).await;
        let body = json!({ "flags": [flag], "why": "what is this?" });
        let answer = self.post("Ann", "/v1/cases", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()["case"].as_u64().unwrap()
    }

    /// A case that two approvers agreed on.
    async fn substantiated(&self) -> u64 {
        let case = self.opened().await;
        self.take("Ann", case, json!({ "step": "review", "text": "odd" }))
            .await;
        let propose = json!({ "step": "propose-substantiated", "text": "the records show it" });
        self.take("Ann", case, propose).await;
        for approver in ["Bea", "Cid"] {
            self.take(approver, case, json!({ "step": "approve-substantiated" }))
                .await;
        }
        case
    }
}

fn detail(answer: &Answer) -> String {
    assert_eq!(answer.kind, "application/problem+json");
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_flag_to_an_authority_and_of_two_who_race_one_reads_again() {
    let scene = Scene::new().await;
    let case = scene.opened().await;
    let path = format!("/v1/cases/{case}");
    scene
        .take("Ann", case, json!({ "step": "review", "text": "odd" }))
        .await;
    let propose = json!({ "step": "propose-substantiated", "text": "the records show it" });
    let after = scene.take("Ann", case, propose).await;
    assert_eq!(after["proposal"]["by"], "ann");
    // Both saw the same version and both approve at once.
    let approve = json!({ "step": "approve-substantiated", "version": after["version"] });
    let (bea, cid) = tokio::join!(
        scene.step("Bea", case, &approve),
        scene.step("Cid", case, &approve)
    );
    let (late, loser) = match (bea.status.as_u16(), cid.status.as_u16()) {
        (201, 409) => (cid, "Cid"),
        (409, 201) => (bea, "Bea"),
        other => panic!("{other:?}"),
    };
    assert!(detail(&late).contains("read it again"), "{}", detail(&late));
    assert_eq!(
        scene.get("Tim", &path).await.json()["state"],
        "under-review"
    );
    let after = scene
        .take(loser, case, json!({ "step": "approve-substantiated" }))
        .await;
    assert_eq!(after["state"], "substantiated");
    let propose = json!({ "step": "propose-reported", "text": "to the agency" });
    scene.take("Ann", case, propose).await;
    for approver in ["Bea", "Cid"] {
        scene
            .take(approver, case, json!({ "step": "approve-reported" }))
            .await;
    }
    let closed = scene
        .take("Ann", case, json!({ "step": "close", "text": "told" }))
        .await;
    assert_eq!(closed["state"], "closed");
    let shown = scene.get("Tim", &path).await.json();
    let steps: Vec<&str> = shown["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps.len(), 9);
    assert_eq!((steps[0], steps[8]), ("open", "close"));
    scene.running.stop().await.unwrap();
}

fn person(role: Role, number: usize) -> Person {
    let (_, user, _) = PEOPLE
        .iter()
        .filter(|(_, user, name)| *name == role.name() && *user != "ole")
        .nth(number)
        .unwrap();
    Person {
        user: user.parse().unwrap(),
        role,
        operator: (role == Role::Operator).then(|| "acme".into()),
    }
}

async fn log(running: &Running, pending: Pending<'_>) -> Arc<Held> {
    let logged = running
        .service()
        .store()
        .commit(vec![pending.record()])
        .await;
    pending.logged(logged.unwrap().records[0].index)
}

impl Scene {
    /// A step past the API, to get somewhere quickly.
    async fn go(&self, case: u64, by: Person, action: Action) {
        let docket = self.running.service().docket();
        let step = Step {
            version: docket.case(case).unwrap().case.version(),
            by,
            at_ms: self.hands.now(),
            action,
        };
        log(&self.running, docket.step(case, step).await.unwrap()).await;
    }

    async fn agree(&self, case: u64, target: Target) {
        let text = || "because".parse().unwrap();
        self.go(
            case,
            person(Role::Analyst, 0),
            Action::Propose(target, text()),
        )
        .await;
        for number in [0, 1] {
            self.go(
                case,
                person(Role::Approver, number),
                Action::Approve(target),
            )
            .await;
        }
    }

    /// A new case in a state.
    async fn in_state(&self, state: State) -> u64 {
        let number = self.keys.fetch_add(1, Ordering::SeqCst);
        let opening = Opening {
            number: 0,
            operator: "acme".into(),
            flags: vec![domicile_diversion::cases::Linked {
                record: number,
                code: Code::OutsidePermitted,
                subject: "host:ab".into(),
                ground: Code::OutsidePermitted.entry().ground,
                raised_ms: number,
                evidence: Vec::new(),
            }],
            verdicts: Vec::new(),
            by: person(Role::Analyst, 0),
            at_ms: self.hands.now(),
            why: "what is this?".parse().unwrap(),
        };
        let docket = self.running.service().docket();
        let held = log(&self.running, docket.open_case(opening).await.unwrap()).await;
        let case = held.case.number();
        let text = || "because".parse().unwrap();
        let analyst = || person(Role::Analyst, 0);
        match state {
            State::Inquiry => {}
            State::Explained => self.go(case, analyst(), Action::Explain(text())).await,
            State::Closed => {
                self.go(case, analyst(), Action::Explain(text())).await;
                self.go(case, analyst(), Action::Close(text())).await;
            }
            _ => self.go(case, analyst(), Action::Review(text())).await,
        }
        if state == State::Unsubstantiated {
            self.go(case, analyst(), Action::Unsubstantiate(text()))
                .await;
        }
        if matches!(state, State::Substantiated | State::Reported) {
            self.agree(case, Target::Substantiated).await;
        }
        if state == State::Reported {
            self.agree(case, Target::Reported).await;
        }
        case
    }

    /// What a verb presupposes besides the state, where the state allows it at all.
    async fn prepare(&self, case: u64, state: State, verb: Verb) {
        let text = || "because".parse().unwrap();
        let propose = |target| Action::Propose(target, text());
        let needed = match verb {
            Verb::ApproveSubstantiated if state == State::UnderReview => {
                Some((person(Role::Analyst, 0), propose(Target::Substantiated)))
            }
            Verb::ApproveReported | Verb::Decline if state == State::Substantiated => {
                Some((person(Role::Analyst, 0), propose(Target::Reported)))
            }
            Verb::Decline if state == State::UnderReview => {
                Some((person(Role::Analyst, 0), propose(Target::Substantiated)))
            }
            Verb::Answer if contestable(state) => {
                Some((person(Role::Operator, 0), Action::Contest(text())))
            }
            _ => None,
        };
        if let Some((by, action)) = needed {
            self.go(case, by, action).await;
        }
    }
}

fn contestable(state: State) -> bool {
    use State::{Inquiry, Reported, Substantiated, UnderReview};
    matches!(state, Inquiry | UnderReview | Substantiated | Reported)
}

/// Whose step a verb is, and in which states: the page of the case's rules once more, by hand.
fn rule(verb: Verb) -> (&'static str, &'static [State]) {
    use State::{Explained, Inquiry, Reported, Substantiated, UnderReview, Unsubstantiated};
    const OPEN: &[State] = &[
        Inquiry,
        Explained,
        UnderReview,
        Substantiated,
        Unsubstantiated,
        Reported,
    ];
    match verb {
        Verb::Explain | Verb::Review => ("Dan", &[Inquiry]),
        Verb::ProposeSubstantiated | Verb::Unsubstantiate => ("Dan", &[UnderReview]),
        Verb::ApproveSubstantiated => ("Bea", &[UnderReview]),
        Verb::ProposeReported => ("Dan", &[Substantiated]),
        Verb::ApproveReported => ("Bea", &[Substantiated]),
        Verb::Decline => ("Bea", &[UnderReview, Substantiated]),
        Verb::Close => ("Dan", &[Explained, Unsubstantiated, Reported]),
        Verb::Contest => ("Oda", &[Inquiry, UnderReview, Substantiated, Reported]),
        Verb::Answer => ("Bea", &[Inquiry, UnderReview, Substantiated, Reported]),
        Verb::Link => ("Dan", &[Inquiry, UnderReview]),
        Verb::Attach | Verb::Comment => ("Dan", OPEN),
        Verb::SetDeadline => ("Ada", OPEN),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_in_every_state_is_taken_or_refused_with_what_to_do() {
    let scene = Scene::new().await;
    let flag = scene.flag(Code::KeyChanged, &[scene.host]).await;
    let body = |verb: Verb, version: u32| {
        let mut body = json!({ "step": verb.name(), "version": version });
        match verb {
            Verb::ApproveSubstantiated | Verb::ApproveReported => {}
            Verb::Link => body["flag"] = json!(flag),
            Verb::Attach => {
                body["document"] =
                    json!({ "sha256": "ab".repeat(32), "bytes": 3, "name": "a.pdf" });
            }
            _ => body["text"] = json!("because"),
        }
        match verb {
            Verb::Answer => body["upheld"] = json!(false),
            Verb::SetDeadline => body["due"] = json!("2999-01-01T00:00:00Z"),
            _ => {}
        }
        body
    };
    for state in State::ALL {
        for &verb in Verb::ALL {
            let case = scene.in_state(state).await;
            scene.prepare(case, state, verb).await;
            let held = scene.running.service().docket().case(case).unwrap();
            assert_eq!(held.case.state(), state);
            let version = held.case.version();
            let (who, states) = rule(verb);
            let what = format!("{} in {}", verb.name(), state.name());
            // Somebody who reads is refused before anything else.
            let auditor = scene.step("Tim", case, &body(verb, version)).await;
            assert_eq!(auditor.status, 403, "{what}");
            assert!(detail(&auditor).contains("ask"), "{what}");
            let answer = scene.step(who, case, &body(verb, version)).await;
            match states.contains(&state) {
                true => {
                    assert_eq!(answer.status, 201, "{what}: {}", answer.json());
                    assert_eq!(answer.json()["version"], version + 1, "{what}");
                }
                false => {
                    assert_eq!(answer.status, 409, "{what}: {}", answer.json());
                    let says = detail(&answer);
                    assert!(
                        says.contains("it is in") || says.contains("open a new one"),
                        "{says}"
                    );
                    let held = scene.running.service().docket().case(case).unwrap();
                    assert_eq!(held.case.version(), version, "{what}");
                }
            }
            // Whoever has another role than the step's is told whom to ask.
            if verb != Verb::Comment && verb != Verb::Attach && who != "Ada" {
                let other = scene.step("Ada", case, &body(verb, version + 1)).await;
                assert!(other.status == 403 || other.status == 409, "{what}");
            }
        }
    }
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_contests_what_is_its_own_and_sees_nothing_else() {
    let scene = Scene::new().await;
    let case = scene.opened().await;
    let other = scene.in_state(State::Inquiry).await;
    // Ole's hosts are others: the case is not there for him.
    assert_eq!(
        scene.get("Ole", &format!("/v1/cases/{case}")).await.status,
        404
    );
    assert_eq!(
        scene.get("Ole", "/v1/cases").await.json()["items"],
        json!([])
    );
    let body = json!({ "version": 1, "step": "contest", "text": "not ours" });
    assert_eq!(scene.step("Ole", case, &body).await.status, 404);
    for path in ["pack?draft=true", "records"] {
        assert_eq!(
            scene
                .get("Ole", &format!("/v1/cases/{case}/{path}"))
                .await
                .status,
            404
        );
    }
    let seen = scene.get("Oda", "/v1/cases").await.json();
    assert_eq!(seen["items"].as_array().unwrap().len(), 2);
    let body = json!({ "version": 1, "step": "contest", "text": "the host is in repair" });
    let contested = scene.step("Oda", case, &body).await;
    assert_eq!(contested.json()["contest"]["by"], "oda");
    // Where there is no case yet, contesting opens one; where there is, it says which.
    let flag = scene.flag(Code::Silence, &[scene.host]).await;
    let body = json!({ "flags": [flag], "why": "a power cut" });
    let refused = scene.post("Ole", "/v1/cases", &body).await;
    assert_eq!(refused.status, 422);
    assert!(detail(&refused).contains("there is no flag"));
    let opened = scene.post("Oda", "/v1/cases", &body).await;
    assert_eq!(opened.status, 201, "{}", opened.json());
    let opened = opened.json();
    assert_eq!(
        (&opened["state"], &opened["contest"]["by"]),
        (&json!("inquiry"), &json!("oda"))
    );
    let again = scene.post("Oda", "/v1/cases", &body).await;
    assert_eq!(again.status, 409);
    assert!(detail(&again).contains(&format!("case {}", opened["case"])));
    // An analyst does not open for one operator what is about another's hosts.
    let flag = scene.flag(Code::Silence, &[scene.host]).await;
    let body = json!({ "flags": [flag], "operator": "globex", "why": "a question" });
    assert_eq!(scene.post("Ann", "/v1/cases", &body).await.status, 422);
    assert!(other > 0);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_and_a_new_index_change_nothing_and_a_key_acts_once() {
    let mut scene = Scene::new().await;
    let case = scene.substantiated().await;
    let body = json!({ "version": 5, "step": "comment", "text": "once" }).to_string();
    let path = format!("/v1/cases/{case}/steps");
    let first = scene.client("Ann").post(&path, "the-same-key", &body).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let before = scene.get("Tim", &format!("/v1/cases/{case}")).await.json();
    scene.running.stop().await.unwrap();
    std::fs::remove_dir_all(scene.vendor.data("index")).unwrap();
    scene.running = scene.vendor.start(scene.hands.clock()).await;
    let after = scene.get("Tim", &format!("/v1/cases/{case}")).await.json();
    assert_eq!(before, after);
    let again = scene.client("Ann").post(&path, "the-same-key", &body).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    assert_eq!(
        scene.get("Tim", &format!("/v1/cases/{case}")).await.json(),
        after
    );
    let next = scene.opened().await;
    assert_eq!(next, case + 1);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_steps_are_refused_with_what_is_expected() {
    let scene = Scene::new().await;
    let case = scene.opened().await;
    for (body, status, says) in [
        (json!({ "step": "comment", "text": "x" }), 400, "version"),
        (
            json!({ "version": 1, "step": "guess", "text": "x" }),
            422,
            "unsubstantiate",
        ),
        (
            json!({ "version": 1, "step": "comment" }),
            422,
            "`text` is needed",
        ),
        (
            json!({ "version": 1, "step": "comment", "text": " " }),
            422,
            "write why",
        ),
        (
            json!({ "version": 1, "step": "comment", "text": "a\u{202e}b" }),
            422,
            "control",
        ),
        (
            json!({ "version": 1, "step": "comment", "text": "x", "flag": 1 }),
            422,
            "`flag` is not",
        ),
        (
            json!({ "version": 9, "step": "comment", "text": "x" }),
            409,
            "read it again",
        ),
        (
            json!({ "version": 1, "step": "link-flag", "flag": 1u64 << 40 }),
            422,
            "no flag",
        ),
        (
            json!({ "version": 1, "step": "link-flag", "flag": 0 }),
            422,
            "no flag",
        ),
        (
            json!({ "version": 1, "step": "attach", "document": { "sha256": "x", "bytes": 1, "name": "n" } }),
            422,
            "64 hexadecimal",
        ),
        (
            json!({ "version": 1, "step": "set-deadline", "due": "2001-01-01T00:00:00Z", "text": "x" }),
            422,
            "in the future",
        ),
        (
            json!({ "version": 1, "step": "set-deadline", "due": "soon", "text": "x" }),
            400,
            "RFC 3339",
        ),
    ] {
        let answer = scene.step("Ann", case, &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.json());
        assert!(
            detail(&answer).contains(says),
            "{says}: {}",
            detail(&answer)
        );
    }
    for (body, status, says) in [
        (json!({ "why": "x" }), 422, "at least one flag"),
        (json!({ "flags": [1u64 << 40], "why": "x" }), 422, "no flag"),
        (
            json!({ "flags": [], "verdicts": ["ab"], "why": "x" }),
            422,
            "no verdict",
        ),
    ] {
        let mut body = body;
        if says.contains("at least") {
            body["operator"] = json!("acme");
        }
        let answer = scene.post("Ann", "/v1/cases", &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.json());
        assert!(
            detail(&answer).contains(says),
            "{says}: {}",
            detail(&answer)
        );
    }
    assert_eq!(scene.get("Ann", "/v1/cases/99").await.status, 404);
    assert_eq!(scene.get("Ann", "/v1/cases?state=guilty").await.status, 400);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_needs_two_approvers_and_its_records_prove_the_case() {
    let scene = Scene::new().await;
    let open = scene.opened().await;
    let refused = scene.get("Ann", &format!("/v1/cases/{open}/pack")).await;
    assert_eq!(refused.status, 409);
    assert!(detail(&refused).contains("draft=true"));
    let draft = scene
        .get("Ann", &format!("/v1/cases/{open}/pack?draft=true"))
        .await;
    assert_eq!(draft.status, 200);
    let page = String::from_utf8(draft.body.clone()).unwrap();
    assert!(page.contains("DRAFT") && page.contains("position: fixed"));
    let case = scene.substantiated().await;
    let hostile = "<script>alert(1)</script>";
    scene
        .take("Ann", case, json!({ "step": "comment", "text": hostile }))
        .await;
    let report = scene.get("Tim", &format!("/v1/cases/{case}/pack")).await;
    assert_eq!(
        (report.status.as_u16(), report.kind.as_str()),
        (200, "text/html; charset=utf-8")
    );
    assert!(report.statement.is_some(), "the collector signs for it");
    let page = String::from_utf8(report.body.clone()).unwrap();
    assert!(!page.contains("DRAFT") && !page.contains("<script"));
    assert!(page.contains("&lt;script&gt;"));
    assert!(page.contains("bea (substantiated), cid (substantiated)"));
    let entry = Code::OutsidePermitted.entry();
    assert!(page.contains(entry.name) && page.contains("Causes without any wrongdoing"));
    let answer = scene.get("Tim", &format!("/v1/cases/{case}/records")).await;
    let records: CaseRecords = codec::decode(&answer.body, 1 << 24).unwrap();
    let head = records.head.unwrap();
    let root: [u8; 32] = array("root", &head.root).unwrap();
    let mut entries = Vec::new();
    for record in &records.records {
        let salt = array("salt", &record.salt).unwrap();
        let leaf = Leaf::new(Kind::Case, record.time_ms, &salt, &record.payload).hash();
        let path: Vec<[u8; 32]> = record
            .inclusion
            .iter()
            .map(|hash| array("hash", hash).unwrap())
            .collect();
        verify_inclusion(&leaf, record.index, &path, head.size, &root).unwrap();
        let read: CaseRecord = codec::decode(&record.payload, 1 << 20).unwrap();
        entries.push(Entry::read(&read).unwrap());
    }
    let Entry::Opening(opening) = &entries[0] else {
        panic!("no opening");
    };
    let steps: Vec<&Step> = entries[1..]
        .iter()
        .map(|entry| match entry {
            Entry::Step { step, .. } => step,
            Entry::Opening(_) => panic!("twice"),
        })
        .collect();
    let replayed = Case::replay(opening, steps).unwrap();
    assert_eq!(replayed.state(), State::Substantiated);
    scene.running.stop().await.unwrap();
}
