//! `devices`, `device`, `device-findings`, `licences`: the collector's identity ledger.

use super::{CommandError, Exit, catalogue, listing};
use crate::cli::{DevicesArgs, FindingsArgs, PeriodArgs};
use crate::client::{Client, query, segment};
use crate::output::{DEVICE_FINDINGS, DEVICES, LICENCES, STAYS};
use crate::output::{Format, Listing};
use jiff::Timestamp;
use std::io::{self, Write};

pub(super) async fn list(
    client: &mut Client,
    args: &DevicesArgs,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let path = |page: &listing::Ask| {
        let pairs = [
            ("customer", args.customer.clone()),
            ("licence", args.licence.clone()),
            ("limit", Some(page.limit.to_string())),
            ("cursor", page.cursor.clone()),
        ];
        format!("/v1/devices{}", query(&pairs))
    };
    let each = catalogue::add_model;
    listing::run_with(client, format, DEVICES, &args.page, path, each, out).await
}

pub(super) async fn show(
    client: &mut Client,
    name: &str,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let mut value = client
        .json(&format!("/v1/devices/{}", segment(name)))
        .await?;
    catalogue::add_model(&mut value);
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &value).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(Exit::Ok);
    }
    if format == Format::Table {
        writeln!(out, "{}", catalogue::words(&value))?;
    }
    let stays = value["stays"].as_array().cloned().unwrap_or_default();
    let mut listing = Listing::new(out, format, STAYS);
    listing.rows(stays)?;
    listing.end(None)?;
    Ok(Exit::Ok)
}

pub(super) async fn findings(
    client: &mut Client,
    args: &FindingsArgs,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let path = |page: &listing::Ask| {
        let pairs = [
            ("kind", args.kind.clone()),
            ("from", text(args.period.from)),
            ("until", text(args.period.until)),
            ("limit", Some(page.limit.to_string())),
            ("cursor", page.cursor.clone()),
        ];
        format!("/v1/device-findings{}", query(&pairs))
    };
    listing::run(client, format, DEVICE_FINDINGS, &args.page, path, out).await
}

pub(super) async fn licences(
    client: &mut Client,
    period: &PeriodArgs,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let pairs = [("from", text(period.from)), ("until", text(period.until))];
    let path = format!("/v1/licences{}", query(&pairs));
    listing::whole(client, format, LICENCES, &path, out).await
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
