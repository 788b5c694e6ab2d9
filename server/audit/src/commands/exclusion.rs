//! `exclusion certify` and `exclusion check`: a bundle, a certificate and the trust file, no network.

use super::{CommandError, Exit, device, offline};
use crate::cli::{ExclusionCommand, QuestionArgs};
use crate::exclusion::{ExclusionError, ExclusionQuestion, check_exclusion};
use crate::output::{CERTIFICATES, Format, Listing};
use domicile_appraise::judge::independent_observations;
use domicile_certs::{Trust, files};
use domicile_geo::{Certificate, GeoError, Observation, Territories, TerritoryMask, Tier, certify};
use domicile_proto::wire::{self, Verdict};
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;

/// Largest certificate file, bytes: some hundred thousand cells.
const MAX_CERTIFICATE: usize = 64 * 1024 * 1024;

pub(super) fn run(
    command: &ExclusionCommand,
    trust: &Path,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match command {
        ExclusionCommand::Certify {
            question,
            out: file,
        } => {
            let case = Case::open(question, trust)?;
            let made = case.certify().map_err(|source| {
                let path = question.bundle.clone();
                CommandError::Certificate { path, source }
            })?;
            files::create_new(file, &made.to_bytes(), files::PUBLIC)?;
            write(out, format, &case, &made, None)?;
            Ok(Exit::Ok)
        }
        ExclusionCommand::Check {
            question,
            certificate,
        } => {
            let case = Case::open(question, trust)?;
            let no_certificate = |source| {
                let path = certificate.clone();
                CommandError::Certificate { path, source }
            };
            let bytes = files::read(certificate, MAX_CERTIFICATE)?;
            let read = Certificate::from_bytes(&bytes).map_err(no_certificate)?;
            let checked = check_exclusion(&read, &case.question());
            write(out, format, &case, &read, Some(&checked))?;
            Ok(match checked {
                Ok(()) => Exit::Ok,
                Err(_) => Exit::Invalid,
            })
        }
    }
}

/// A verified bundle's measurements and what is asked of them. Nothing is taken from a certificate.
struct Case {
    verdict: Verdict,
    observations: Vec<Observation>,
    excluded: TerritoryMask,
    tier: Tier,
    lying_votes: u8,
}

impl Case {
    /// Verifies the bundle: what does not hold excludes nothing.
    fn open(question: &QuestionArgs, trust: &Path) -> Result<Self, CommandError> {
        let path = &question.bundle;
        let trust = Trust::load(trust)?;
        let (_, report) = offline::verified(path, &trust, &device::vouchers(&question.vouchers)?)?;
        let (Some(verdict), Some(appraised)) = (&report.verdict, &report.appraised) else {
            return Err(offline::unverified(path, &report));
        };
        let excluded = TerritoryMask::from_codes(Territories::builtin(), &question.territory)
            .map_err(|source| CommandError::Certificate {
                path: path.clone(),
                source,
            })?;
        Ok(Self {
            excluded,
            tier: question.tier.unwrap_or_else(|| required(verdict)),
            // The replay has shown that it is what one byte holds.
            lying_votes: u8::try_from(verdict.lying_votes).unwrap_or(u8::MAX),
            observations: independent_observations(appraised),
            verdict: verdict.clone(),
        })
    }

    fn certify(&self) -> Result<Certificate, GeoError> {
        certify(
            &self.observations,
            self.tier,
            self.lying_votes,
            &self.excluded,
            Territories::builtin(),
        )
    }

    fn question(&self) -> ExclusionQuestion<'_> {
        ExclusionQuestion {
            observations: &self.observations,
            tier: self.tier,
            lying_votes: self.lying_votes,
            excluded: self.excluded,
            territories: Territories::builtin(),
        }
    }
}

/// The tier that the licence requires.
fn required(verdict: &Verdict) -> Tier {
    match wire::Tier::try_from(verdict.required_tier) {
        Ok(wire::Tier::Fibre) => Tier::Fibre,
        Ok(wire::Tier::TwoThirds) => Tier::TwoThirds,
        _ => Tier::C,
    }
}

/// One line for people, one row for programs. `checked` is absent when it was just made.
fn write(
    out: &mut impl Write,
    format: Format,
    case: &Case,
    certificate: &Certificate,
    checked: Option<&Result<(), ExclusionError>>,
) -> io::Result<()> {
    let codes: Vec<String> = case
        .excluded
        .codes(Territories::builtin())
        .map(|code| code.to_string())
        .collect();
    let (cells, bytes) = (certificate.cells.len(), certificate.to_bytes().len());
    if format == Format::Table {
        let what = format!(
            "at {} with at most {} lying votes, outside: {}",
            case.tier,
            case.lying_votes,
            codes.join(" ")
        );
        return match checked {
            None => writeln!(out, "certified: {what}\n{cells} cells, {bytes} bytes"),
            Some(Ok(())) => writeln!(out, "HOLDS: {what}\n{cells} cells, {bytes} bytes"),
            Some(Err(why)) => writeln!(out, "DOES NOT HOLD: {why}\nasked: {what}"),
        };
    }
    let row = json!({
        "id": data_encoding::HEXLOWER.encode(&case.verdict.evidence_hash),
        "excluded": codes.join(" "),
        "tier": case.tier.label(),
        "lying_votes": case.lying_votes,
        "cells": cells,
        "bytes": bytes,
        "state": match checked {
            None => "certified",
            Some(Ok(())) => "holds",
            Some(Err(_)) => "does-not-hold",
        },
        "detail": checked.and_then(|result| result.as_ref().err()).map(ToString::to_string).unwrap_or_default(),
    });
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &row)?;
        return writeln!(out);
    }
    let mut listing = Listing::new(&mut *out, format, CERTIFICATES);
    listing.rows(vec![row])?;
    listing.end(None)
}
