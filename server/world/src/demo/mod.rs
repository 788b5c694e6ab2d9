//! The demo: the whole path on this machine, from enrolled hosts to verdicts that an auditor
//! verifies offline.
//!
//! Start reading at [`run`]; `cast.rs` says who takes part and what has to come of them.

mod acts;
mod cast;
mod geography;
mod outcome;
mod pictures;
mod progress;
mod real;
mod table;
mod world;

use crate::auditor::{self, MeshFinding};
use crate::measured::Votes;
use crate::process::tail;
use crate::programs::Programs;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use cast::{Act, Role};
use outcome::Findings;
use progress::Progress;
use std::cell::Cell;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

/// How the demo is run.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArguments {
    /// Build the world from measured round trips: a folder with nodes.csv, rtt.csv and, where
    /// present, exclusions.csv.
    #[arg(long, value_name = "DIR")]
    pub rtt: Option<PathBuf>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// With --rtt: what counts as one vote.
    #[arg(long, value_enum, default_value_t = Votes::Provider)]
    pub votes: Votes,
    /// With --rtt: at most this many anchors.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u16).range(3..=400))]
    pub max_anchors: u16,
    /// Leave everything running until Ctrl-C.
    #[arg(long)]
    pub keep: bool,
    /// Where map and bundles are put [default: `demo` beside the build's folder].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// One JSON object.
    Json,
}

/// Sessions at a time: more of them disturb each other's timing on a small machine.
const AT_ONCE: usize = 3;

/// How often a host is measured again of which a busy machine let nothing be said. Delay only ever
/// weakens a verdict, so measuring again cannot make a wrong one right.
const MEASURED_AGAIN: usize = 3;

/// A finished demo: exit codes.
const AS_PROMISED: u8 = 0;
const NOT_AS_PROMISED: u8 = 1;

/// Runs the demo. Answers the exit code: 0 as promised, 1 some verdict is not the expected one,
/// 3 (with `--rtt`) a host's true territory was excluded.
///
/// # Errors
/// When a program cannot be built or started, or fails.
pub async fn run(arguments: DemoArguments) -> Result<u8> {
    // Relay, children's output and sockets need more than the usual 1,024 descriptors.
    raise_descriptor_limit();
    let world = std::env::current_exe().context("cannot find this program's own file")?;
    let programs = Programs::build(&world)?;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => world
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."))
            .join("demo"),
    };
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let folder = tempfile::Builder::new()
        .prefix("domicile-demo-")
        .tempdir()
        .context("cannot make a folder for the demo")?;
    let result = match &arguments.rtt {
        Some(set) => real::act(&arguments, set, programs, folder.path(), &out).await,
        None => act(&arguments, programs, folder.path(), &out).await,
    };
    if let Err(error) = &result {
        eprintln!("\nThe demo failed: {error:#}");
        last_words(&folder.path().join("logs"));
    }
    result
}

async fn act(
    arguments: &DemoArguments,
    programs: Programs,
    folder: &Path,
    out: &Path,
) -> Result<u8> {
    let roles = cast::roles();
    let block = block();
    let plan = world::plan(&roles, block);
    let progress = Progress::new(roles.len() + 4);
    let stage = {
        let progress = progress.clone();
        Rc::new(
            Stage::raise(plan, programs, folder, block, &move |what| {
                progress.say(what);
            })
            .await?,
        )
    };
    progress.step();
    play_all(&stage, &roles, &progress).await?;
    progress.say("waiting for a verdict to expire in silence");
    outcome::wait_for_silence(&stage, &roles, Duration::from_secs(40)).await?;
    progress.step();
    progress.say("asking the collector, as an auditor");
    let mut findings = outcome::find(&stage, &roles).await?;
    for _ in 0..MEASURED_AGAIN {
        let weakened: Vec<&Role> = roles
            .iter()
            .filter(|role| findings.weakened(role))
            .collect();
        if weakened.is_empty() {
            break;
        }
        for role in weakened {
            progress.say(&format!(
                "{}: this machine was too busy, measuring again",
                role.name
            ));
            acts::measure_again(&stage, role, &roles).await?;
        }
        findings = outcome::find(&stage, &roles).await?;
    }
    progress.step();
    progress.say("bundles and map");
    let verified = pictures::bundles(&stage, &findings, out).await?;
    let map = out.join("map.html");
    pictures::map(&stage, &roles, &findings, &map)?;
    progress.step();
    progress.done();
    let mesh = auditor::mesh(&stage).await?;
    let published = stage.published().await?;
    let records = records(&stage).await?;
    show(arguments, &stage, &roles, &findings, &mesh, &verified, &map)?;
    if arguments.format != Format::Json {
        println!("The log from outside, published: {published}");
        println!("{records}");
    }
    let wrong = findings.wrong();
    for what in &wrong {
        eprintln!("not as promised: {what}");
    }
    if arguments.keep {
        keep(&stage).await;
    }
    for name in stage.strike().await {
        eprintln!("{name} did not end when asked to and was killed");
    }
    Ok(if wrong.is_empty() {
        AS_PROMISED
    } else {
        NOT_AS_PROMISED
    })
}

/// What its last receipt promised to a host, and whether everything of that host is there.
async fn records(stage: &Stage) -> Result<String> {
    for host in auditor::hosts(stage).await? {
        if let Some(kept) = stage.kept(&host.site).await? {
            let complete = stage.complete(&host.host, stage.begun()).await?;
            return Ok(format!("{kept}\n{complete}"));
        }
    }
    anyhow::bail!("no agent has a receipt")
}

/// All roles. The one that falls silent comes first, so that its verdict expires while the others
/// play.
async fn play_all(stage: &Rc<Stage>, roles: &[Role], progress: &Progress) -> Result<()> {
    let everybody: Rc<[Role]> = roles.into();
    let mut order: Vec<&Role> = roles.iter().collect();
    order.sort_by_key(|role| role.act != Act::FallsSilent);
    let names: Vec<String> = order.iter().map(|role| role.name.to_owned()).collect();
    let stage = Rc::clone(stage);
    all_at(&names, AT_ONCE, progress, move |name| {
        let (stage, everybody) = (Rc::clone(&stage), Rc::clone(&everybody));
        async move {
            let role = everybody.iter().find(|role| role.name == name);
            acts::play(&stage, role.context("a role of the cast")?, &everybody).await
        }
    })
    .await
}

/// Does something for each name, at most `at_once` at a time; the first error ends all.
async fn all_at<F, T>(names: &[String], at_once: usize, progress: &Progress, work: F) -> Result<()>
where
    F: Fn(String) -> T + 'static,
    T: Future<Output = Result<()>> + 'static,
{
    let (work, places) = (Rc::new(work), Rc::new(Semaphore::new(at_once)));
    let (done, all) = (Rc::new(Cell::new(0)), names.len());
    let set = LocalSet::new();
    let mut running = JoinSet::new();
    for name in names.iter().cloned() {
        let (work, places, done) = (Rc::clone(&work), Rc::clone(&places), Rc::clone(&done));
        let progress = progress.clone();
        running.spawn_local_on(
            async move {
                let _place = places.acquire().await?;
                progress.say(&format!("{name} ({} of {all} done)", done.get()));
                work(name).await?;
                done.set(done.get() + 1);
                progress.step();
                anyhow::Ok(())
            },
            &set,
        );
    }
    set.run_until(async move {
        while let Some(result) = running.join_next().await {
            result.context("a task was cut off")??;
        }
        Ok(())
    })
    .await
}

/// Leaves everything running until the process is told to end.
async fn keep(stage: &Stage) {
    eprintln!(
        "\nEverything goes on; its files are under {}. Ctrl-C ends it and removes them.\nAsk it:\n  {} --profile {} hosts",
        stage.layout.root().display(),
        stage.programs.audit.display(),
        stage.auditor_profile().display(),
    );
    std::future::pending::<()>().await;
}

fn show(
    arguments: &DemoArguments,
    stage: &Stage,
    roles: &[Role],
    findings: &Findings,
    mesh: &[MeshFinding],
    verified: &[PathBuf],
    map: &Path,
) -> Result<()> {
    if arguments.format == Format::Json {
        let mut json = serde_json::to_value(findings)?;
        json["mesh"] = serde_json::to_value(mesh)?;
        json["map"] = map.display().to_string().into();
        json["bundles"] = verified
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        println!("{}", serde_json::to_string_pretty(&json)?);
        return Ok(());
    }
    let order: Vec<&str> = roles.iter().map(|role| role.name).collect();
    let colour = std::io::stdout().is_terminal();
    print!("{}", table::text(findings, &order, colour));
    println!("{}", mesh_line(mesh));
    let relay = stage.relay().statistics();
    println!(
        "The network: {} packets, {:.0?} late on average.",
        relay.forwarded, relay.late_mean
    );
    println!("\nMap (a browser opens it): {}", map.display());
    println!("Verified offline, without the collector:");
    for bundle in verified {
        println!("  {}", bundle.display());
    }
    if let Some(bundle) = verified.first() {
        let trust = bundle.with_file_name("trust.toml");
        println!("\nTry next:");
        println!(
            "  {} verify {} --trust {}",
            stage.programs.audit.display(),
            bundle.display(),
            trust.display()
        );
    }
    println!("  cargo demo -- --keep         (goes on, to be asked)");
    println!("  cargo demo -- --rtt DIR      (nodes.csv and rtt.csv of measured round trips)");
    Ok(())
}

/// What the anchors' mesh says, in one line.
fn mesh_line(mesh: &[MeshFinding]) -> String {
    let finding = |found: &MeshFinding| {
        let MeshFinding {
            anchor,
            trust_domain,
            kind,
            certainty,
        } = found;
        format!("{anchor} of {trust_domain} is a {kind} ({certainty})")
    };
    let findings: Vec<String> = mesh.iter().map(finding).collect();
    match findings.is_empty() {
        true => "The anchors' mesh names nobody yet.".to_owned(),
        false => format!("The anchors' mesh: {}.", findings.join("; ")),
    }
}

/// The ends of all logs that say something on standard error.
fn last_words(logs: &Path) {
    let Ok(entries) = fs::read_dir(logs) else {
        return;
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "err"))
    {
        let log = fs::read_to_string(file).unwrap_or_default();
        if log.contains("WARN") || log.contains("ERROR") || log.contains("error") {
            eprintln!("{}:\n{}", file.display(), tail(&log));
        }
    }
}

/// A block of loopback addresses for this run.
fn block() -> u8 {
    u8::try_from(std::process::id() % 200).expect("below 200") + 40
}

fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where it is refused, a small world still fits.
    let _ = setrlimit(Resource::Nofile, wanted);
}
