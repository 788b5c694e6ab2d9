//! The policy file that verdicts use today, made from packs and the registry.
//!
//! `domicile-appraise` judges by a file that says for each licence which territories it permits and
//! denies. [`build`] writes that file: P is what the licence permits, less what an enforceable rule
//! denies for every model of the licence; D is where an enforceable rule asks for a licence, or denies,
//! and the licence does not reach. What cannot be decided, and what is only said, is in neither; it is
//! written beside it as a comment, for people.

use crate::day::Day;
use crate::facts::{DeviceAttributes, LicenceFacts};
use crate::judge::{Judge, JudgeError};
use crate::licence::{Conflict, Reach, reach};
use crate::pack::{Pack, fill};
use crate::registry::{Licence, Registry};
use domicile_geo::{Territories, TerritoryMask};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Territories on one line of the file.
const PER_LINE: usize = 24;

/// A policy file and what did not go into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The file, as `domicile-collector` and `domicile-audit` read it.
    pub toml: String,
    /// Licences that it holds.
    pub licences: usize,
    /// What a person should look at, one sentence each.
    pub notes: Vec<String>,
}

/// Writes the policy file for the licences of the registry that are valid on `as_of`.
///
/// # Errors
/// [`JudgeError`] when the packs do not fit together.
pub fn build(
    packs: &[Pack],
    registry: &Registry,
    version: u64,
    as_of: Day,
    known_on: Day,
) -> Result<Built, JudgeError> {
    let judge = Judge::new(packs, as_of, known_on)?;
    let mut built = Built {
        toml: head(packs, version, as_of, known_on),
        licences: 0,
        notes: Vec::new(),
    };
    for licence in registry.licences() {
        if !licence.validity().contains(as_of) {
            built.notes.push(format!(
                "{}: left out, it is valid from {} until {}",
                licence.number, licence.valid_from, licence.valid_until
            ));
            continue;
        }
        let facts = registry.licence_facts(licence);
        let models: Vec<DeviceAttributes> = licence
            .models
            .iter()
            .map(|model| named(model, packs))
            .collect();
        let reach = reach(&judge, &facts, &models);
        if reach.permitted.is_empty() {
            built.notes.push(format!(
                "{}: left out, every territory that it permits is denied by a rule",
                licence.number
            ));
        } else {
            built.toml += &table(licence, &facts, &reach);
            built.licences += 1;
        }
        let said = grouped(&reach.conflicts);
        built.notes.extend(
            said.iter()
                .map(|note| format!("{}: {note}", licence.number)),
        );
    }
    Ok(built)
}

fn named(model: &str, packs: &[Pack]) -> DeviceAttributes {
    let mut device = DeviceAttributes {
        model: Some(model.to_owned()),
        ..DeviceAttributes::default()
    };
    fill(&mut device, packs);
    device
}

fn head(packs: &[Pack], version: u64, as_of: Day, known_on: Day) -> String {
    let mut head =
        format!("# Made from packs and a registry, as of {as_of}, known on {known_on}. Packs:\n");
    for pack in packs {
        let _ = writeln!(
            head,
            "#   {} {}, SHA-256 {}",
            pack.name, pack.version, pack.hash
        );
    }
    head + &format!("version = {version}\n")
}

fn table(licence: &Licence, facts: &LicenceFacts, reach: &Reach) -> String {
    let seats = codes(&facts.headquarters).join(" ");
    let mut table = format!(
        "\n# {} x {}; end user's seats: {seats}; valid {} until {}\n",
        licence.quantity,
        licence.models.join(", "),
        licence.valid_from,
        licence.valid_until
    );
    for note in grouped(&reach.conflicts) {
        let _ = writeln!(table, "# {note}");
    }
    let _ = write!(
        table,
        "[[licence]]\nname = \"{}\"\npermitted = {}\ndenied = {}\n",
        licence.number,
        list(&reach.permitted),
        list(&reach.denied)
    );
    // Free text of the registry stands in comments only, on one line: checks refuse control characters.
    table
}

fn codes(mask: &TerritoryMask) -> Vec<String> {
    let codes = mask.codes(Territories::builtin());
    codes.map(|code| code.to_string()).collect()
}

fn list(mask: &TerritoryMask) -> String {
    let quoted: Vec<String> = codes(mask)
        .iter()
        .map(|code| format!("\"{code}\""))
        .collect();
    match quoted.len() {
        0..=PER_LINE => format!("[{}]", quoted.join(", ")),
        _ => {
            let lines = quoted
                .chunks(PER_LINE)
                .map(|line| format!("    {},\n", line.join(", ")));
            format!("[\n{}]", lines.collect::<String>())
        }
    }
}

/// One sentence for each subject, standing and model, with its territories.
fn grouped(conflicts: &[Conflict]) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Conflict {
        territory,
        model,
        subject,
        standing,
    } in conflicts
    {
        let what = format!("{model}: {subject}: {standing}");
        groups.entry(what).or_default().push(territory.to_string());
    }
    groups
        .into_iter()
        .map(|(what, territories)| format!("permitted {} but {what}", territories.join(" ")))
        .collect()
}
