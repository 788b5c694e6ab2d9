//! `FLAGS.md`, made from the table.

use super::code::{Code, Entry};
use std::fmt::Write as _;

/// The text of `FLAGS.md`.
pub fn document() -> String {
    let mut text = String::from(HEAD);
    text.push_str("\n| flag | class | ground | severity | if only claimed | raised | cleared |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for entry in entries() {
        let claimed = entry
            .claimed
            .map_or("–".to_owned(), |ground| ground.severity().to_string());
        let (clear, contrary) = entry.clear;
        let _ = writeln!(
            text,
            "| [`{name}`](#{name}) | {} | {} | {} | {claimed} | {} | {clear}: {contrary} |",
            entry.class.name(),
            entry.ground.name(),
            entry.ground.severity(),
            entry.raise,
            name = entry.name,
        );
    }
    for entry in entries() {
        section(&mut text, entry);
    }
    text
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    Code::all().map(Code::entry)
}

fn section(text: &mut String, entry: &Entry) {
    let _ = write!(
        text,
        "\n## {}\n\n{}.\n\n- **Premises**: {}.\n- **Proves**: {}.\n- **Does not prove**: {}.\n- **Innocent causes**: {}.\n",
        entry.name,
        upper(entry.meaning),
        entry.premises.join("; "),
        entry.proves,
        entry.does_not_prove,
        entry.innocent.join("; "),
    );
    if !entry.held_back_by.is_empty() {
        let _ = writeln!(
            text,
            "- **Held back by**: {}.",
            entry.held_back_by.join("; ")
        );
    }
}

fn upper(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + rest.as_str()
}

/// What stands above the table.
const HEAD: &str = "\
# Flags

Made from `src/flags/table/` by `DOMICILE_REGENERATE=1 cargo test -p domicile-diversion --test flags_document`; do not edit.

A flag is an indicator of possible diversion, never a statement that there was one. Only a named person moves a case beyond inquiry.

- **Class**: a *finding* is shown by records under the premises named; an *inquiry* is a question; an *incident* is about the vendor's
  own side or many hosts at once and accuses no host.
- **Ground** bounds severity by type in the code: physics, a device's signature and the registry may be severe; what a host alone says
  and what did not come at most `medium`; statistics at most `low`. Several flags together are as severe as the most severe of them.
- **Severity**: `note` is for the record, `low` is worth a look with something else, `medium` within days, `high` within a day.
- **Raised** and **cleared** differ on purpose, so that no flag flickers. A cleared flag stays on record. A verdict that says nothing
  (`insufficient`) neither raises nor clears: otherwise delay would clear what it hides.
- One flag of a kind is open for one subject at a time; what is seen again adds to it.
- Hosts of several customers that change together (5 at least, and for a metro one in ten) have one `common-cause` and no flags of
  their own, for at most 30 days.
";
