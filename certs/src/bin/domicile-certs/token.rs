//! `token`: an enrolment token.

use crate::cli;
use crate::text::rfc3339;
use anyhow::{Context as _, bail, ensure};
use domicile_certs::issue::BACKDATED_MS;
use domicile_certs::random::{self, Random};
use domicile_certs::{files, keys};
use domicile_proto::directory::{Directory, MAX_BYTES};
use domicile_proto::sign::Domain;
use domicile_proto::token::{self, Token};
use domicile_proto::{codec, wire};
use std::path::Path;

pub(crate) fn run(
    arguments: &cli::Token,
    random: &mut dyn Random,
    now_ms: u64,
) -> anyhow::Result<String> {
    let message = wire::Token {
        id: random::bytes::<16>(random)?.to_vec(),
        customer: arguments.customer.clone(),
        operator: arguments.operator.clone(),
        site: arguments.site.clone(),
        metro: arguments.metro.clone(),
        territory: arguments.territory.clone(),
        licence: arguments.licence.clone(),
        uses: arguments.uses,
        not_before_ms: now_ms.saturating_sub(BACKDATED_MS),
        not_after_ms: now_ms.saturating_add(arguments.valid_for),
    };
    let key = keys::load(&arguments.ca.join("token.key"))?;
    let signed = key.sign(Domain::Token, codec::encode(&message));
    // What a collector will read, before anyone is given it.
    let token = Token::open(&signed, &key.public())?;
    if let Some(path) = &arguments.directory {
        check_place(&token, path, &arguments.ca)?;
    }
    let text = format!("{}\n", token::to_text(&signed));
    files::create_new(&arguments.out, text.as_bytes(), files::SECRET)?;
    let out = arguments.out.display();
    Ok(format!(
        "minted {out}\n{}next: on each host, domiciled enrol --token-file {out}\n",
        describe(&token)
    ))
}

/// Refuses a metro that the directory lacks or that lies in another territory.
fn check_place(token: &Token, path: &Path, ca: &Path) -> anyhow::Result<()> {
    let key = keys::load(&ca.join("directory.key"))?.public();
    let directory = Directory::open(&files::read(path, MAX_BYTES)?, &key)
        .with_context(|| format!("{} is not a directory of this CA", path.display()))?;
    let Some(metro) = directory.metro(&token.metro) else {
        let ids: Vec<_> = directory.metros.iter().map(|metro| &*metro.id).collect();
        bail!(
            "the directory has no metro {}; it has {}",
            token.metro,
            ids.join(", ")
        );
    };
    let text = |code: &[u8]| String::from_utf8_lossy(code).into_owned();
    ensure!(
        metro.territory == token.territory,
        "metro {} lies in {}, not in {}: correct --metro or --territory",
        metro.id,
        text(&metro.territory),
        text(&token.territory)
    );
    Ok(())
}

/// A token for people.
pub(crate) fn describe(token: &Token) -> String {
    let Token {
        customer,
        operator,
        site,
        metro,
        licence,
        uses,
        ..
    } = token;
    let id = u128::from_be_bytes(token.id);
    let territory = String::from_utf8_lossy(&token.territory);
    let (from, until) = (rfc3339(token.not_before_ms), rfc3339(token.not_after_ms));
    format!(
        "  id        {id:032x}\n  customer  {customer}\n  operator  {operator}\n  site      {site}\n\
         \x20 metro     {metro}\n  territory {territory}\n  licence   {licence}\n  uses      {uses}\n\
         \x20 from      {from}\n  until     {until}\n"
    )
}
