//! `policy judge`: one device at one place, on one day or through all of them.

use super::load;
use super::{TrustFile, days, listing};
use crate::cli::policy::JudgeArgs;
use crate::commands::{CommandError, Exit};
use crate::output::{DAYS, Format, RULES, plain};
use domicile_policy::day::Day;
use domicile_policy::facts::Facts;
use domicile_policy::judge::{Application, Applied, Judge};
use domicile_policy::pack::Pack;
use domicile_policy::pack::example::WrittenFacts;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;

pub(super) fn run(
    args: &JudgeArgs,
    trust: TrustFile<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let packs = load::packs(&args.packs, &trust)?;
    let wrong = |problem: String| CommandError::Policy {
        place: "the facts".into(),
        problem,
    };
    let facts = WrittenFacts::from(&args.facts)
        .facts(&packs)
        .map_err(|error| wrong(error.to_string()))?;
    if args.history {
        history(&packs, &facts, format, out)?;
        return Ok(Exit::Ok);
    }
    let (as_of, known_on) = days(&args.days);
    let judge = judge(&packs, as_of, known_on)?;
    if format == Format::Table {
        explain(&packs, &judge, &facts, out)?;
    } else {
        listing(out, format, RULES, rows(&judge, &facts))?;
    }
    Ok(Exit::Ok)
}

pub(super) fn judge(packs: &[Pack], as_of: Day, known_on: Day) -> Result<Judge, CommandError> {
    Judge::new(packs, as_of, known_on).map_err(|error| CommandError::Policy {
        place: "the packs".into(),
        problem: error.to_string(),
    })
}

fn application(applied: &Applied<'_>) -> String {
    match &applied.application {
        Application::Applies => "applies".into(),
        Application::Replaced(by) => format!("replaced by {}", by.join(", ")),
        Application::Unknown(missing) => format!("cannot be said, not known: {missing}"),
    }
}

/// One row for each rule that applies or may apply.
fn rows(judge: &Judge, facts: &Facts) -> Vec<Value> {
    let decision = judge.decide(facts);
    let mut rows = Vec::new();
    for (subject, rules) in judge.explain(facts) {
        let standing = decision.of(
            judge,
            &subject.jurisdiction,
            subject.activity,
            subject.layer,
        );
        for applied in rules {
            let rule = applied.rule;
            rows.push(json!({
                "jurisdiction": subject.jurisdiction,
                "activity": subject.activity.name(),
                "layer": subject.layer.name(),
                "standing": standing.map_or_else(|| "silent".to_owned(), |standing| standing.to_string()),
                "rule": rule.id,
                "outcome": rule.outcome.name(),
                "status": rule.status.name(),
                "application": application(&applied),
                "effective_from": rule.period().from.to_string(),
                "effective_until": rule.period().until.map(|day| day.to_string()).unwrap_or_default(),
                "recorded_at": rule.recorded_at.to_string(),
                "authority": rule.authority,
                "explanation": rule.explanation,
                "sources": rule.sources.iter().map(|source| source.url.as_str()).collect::<Vec<_>>().join(" "),
                "unverified": rule.unverified.join("; "),
            }));
        }
    }
    rows
}

/// For people: what stands, and the rules it stands on, with their sources.
fn explain(
    packs: &[Pack],
    judge: &Judge,
    facts: &Facts,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    writeln!(
        out,
        "as of {}, as far as it was known on {}",
        judge.as_of(),
        judge.known_on()
    )?;
    let decision = judge.decide(facts);
    let explained = judge.explain(facts);
    if explained.is_empty() {
        writeln!(out, "\nno rule applies")?;
    }
    for (subject, rules) in explained {
        let standing = decision
            .of(
                judge,
                &subject.jurisdiction,
                subject.activity,
                subject.layer,
            )
            .map_or_else(|| "silent".to_owned(), |standing| standing.to_string());
        writeln!(out, "\n{subject}: {standing}")?;
        for applied in rules {
            let rule = applied.rule;
            writeln!(
                out,
                "  {}: {} ({}), {}",
                rule.id,
                rule.outcome,
                rule.status,
                application(&applied)
            )?;
            if matches!(applied.application, Application::Replaced(_)) {
                continue;
            }
            writeln!(
                out,
                "    {}: {}",
                plain(&rule.authority),
                plain(&rule.explanation)
            )?;
            for source in &rule.sources {
                writeln!(out, "    {} <{}>", plain(&source.title), plain(&source.url))?;
            }
            for doubt in &rule.unverified {
                writeln!(out, "    unverified: {}", plain(doubt))?;
            }
        }
    }
    writeln!(out)?;
    for pack in packs {
        writeln!(
            out,
            "{} {}: {}",
            pack.name,
            pack.version,
            plain(&pack.notice)
        )?;
    }
    Ok(())
}

/// Every day on which something begins, ends or becomes known; those on which the answer changed.
fn history(
    packs: &[Pack],
    facts: &Facts,
    format: Format,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let mut days = BTreeSet::new();
    for pack in packs {
        for (period, recorded) in pack
            .rules
            .iter()
            .map(|rule| (rule.period(), rule.recorded_at))
            .chain(
                pack.groups
                    .iter()
                    .map(|group| (group.period(), group.recorded_at)),
            )
        {
            days.extend([period.from, recorded].into_iter().chain(period.until));
        }
    }
    let mut rows = Vec::new();
    let mut last = Vec::new();
    for day in days {
        let judge = judge(packs, day, day)?;
        let decision = judge.decide(facts);
        let answer: Vec<(String, String)> = decision
            .iter(&judge)
            .map(|(subject, standing)| (subject.to_string(), standing.to_string()))
            .collect();
        if answer == last {
            continue;
        }
        let gone = last
            .iter()
            .filter(|(subject, _)| !answer.iter().any(|(other, _)| other == subject));
        let gone = gone.map(|(subject, _)| (subject.clone(), "silent".to_owned()));
        let new = answer.iter().filter(|one| !last.contains(one)).cloned();
        for (subject, standing) in gone.chain(new).collect::<BTreeSet<_>>() {
            rows.push(json!({ "day": day.to_string(), "subject": subject, "standing": standing }));
        }
        last = answer;
    }
    Ok(listing(out, format, DAYS, rows)?)
}
