//! What each host of the demo does, from its enrolment to its last report.

use super::cast::{Act, Role, THIEF_NAME};
use super::world::{delays, proxy_address, thief_address};
use crate::hostile::{HostileReport, Kind};
use crate::process::tail;
use crate::stage::Stage;
use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum as _;
use std::ffi::OsString;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

/// Plays a role to its end; a service is left running.
///
/// # Errors
/// When a program does not do what it has to.
pub(super) async fn play(stage: &Stage, role: &Role, everybody: &[Role]) -> Result<()> {
    let name = role.name;
    let own = stage.host(name)?.address;
    let block = own.octets()[1];
    stage.enrol(name).await?;
    match role.act {
        Act::Serves => {
            stage.once(name).await?;
            stage.serve(name)
        }
        Act::FallsSilent => stage.once(name).await,
        Act::Restored => restored(stage, name).await,
        Act::StolenKey => stolen(stage, name, own, thief_address(everybody, block)).await,
        Act::Hostile(kind) => plays_hostile(stage, role, everybody, kind).await,
    }
}

/// One more session of a host whose round trips a busy machine lengthened so far that nothing could
/// be said of it.
///
/// # Errors
/// When a program does not do what it has to.
pub(super) async fn measure_again(stage: &Stage, role: &Role, everybody: &[Role]) -> Result<()> {
    match role.act {
        // It ranges every ten seconds by itself.
        Act::Serves => tokio::time::sleep(Duration::from_secs(12)).await,
        Act::FallsSilent => {}
        Act::Restored => put_back(stage, role.name).await?,
        Act::StolenKey => stage.once(THIEF_NAME).await?,
        Act::Hostile(kind) => plays_hostile(stage, role, everybody, kind).await?,
    }
    Ok(())
}

async fn plays_hostile(stage: &Stage, role: &Role, everybody: &[Role], kind: Kind) -> Result<()> {
    let name = role.name;
    let mut more: Vec<OsString> = Vec::new();
    if kind == Kind::Delayer {
        let file = stage.layout.host(name).join("delays.json");
        fs::write(&file, serde_json::to_vec(&delays(role, &stage.plan))?)?;
        more.extend(["--delays".into(), file.into()]);
    }
    if kind == Kind::Proxied {
        let proxy = proxy_address(everybody, stage.host(name)?.address.octets()[1]);
        more.extend(["--proxy".into(), proxy.to_string().into()]);
    }
    let report = hostile(stage, name, kind, more).await?;
    check(kind, &report).with_context(|| format!("{name}: {report:?}"))
}

/// A snapshot after the first session, two sessions, back to the snapshot, one session.
async fn restored(stage: &Stage, name: &str) -> Result<()> {
    let state = stage.layout.host_state(name);
    let snapshot = stage.layout.host(name).join("backup");
    stage.once(name).await?;
    copy_folder(&state, &snapshot)?;
    stage.once(name).await?;
    put_back(stage, name).await
}

/// Back to the snapshot, one session.
async fn put_back(stage: &Stage, name: &str) -> Result<()> {
    let state = stage.layout.host_state(name);
    let snapshot = stage.layout.host(name).join("backup");
    fs::remove_dir_all(&state).context("cannot set the state aside")?;
    copy_folder(&snapshot, &state)?;
    stage.once(name).await
}

/// A session where the key belongs, then one by a copy of the whole state on another continent.
async fn stolen(stage: &Stage, name: &str, own: Ipv4Addr, thief: Ipv4Addr) -> Result<()> {
    stage.once(name).await?;
    let folder = stage.layout.host(THIEF_NAME);
    copy_folder(&stage.layout.host(name), &folder)?;
    let config = stage.layout.host_config(THIEF_NAME);
    let text = fs::read_to_string(&config)?
        .replace(&own.to_string(), &thief.to_string())
        .replace(
            &stage.layout.host(name).display().to_string(),
            &folder.display().to_string(),
        );
    fs::write(&config, text)?;
    stage.once(THIEF_NAME).await
}

async fn hostile(
    stage: &Stage,
    name: &str,
    kind: Kind,
    more: Vec<OsString>,
) -> Result<HostileReport> {
    let value = kind.to_possible_value().context("every kind has a name")?;
    let mut arguments: Vec<OsString> = vec![
        "hostile-agent".into(),
        "--kind".into(),
        value.get_name().into(),
        "--config".into(),
        stage.layout.host_config(name).into(),
    ];
    arguments.extend(more);
    let ended = stage.own(name, arguments).await?;
    if !ended.status.success() {
        bail!(
            "{name} ended with {}:\n{}",
            ended.status,
            tail(&ended.errors)
        );
    }
    Ok(serde_json::from_slice(&ended.output)?)
}

/// What a hostile host must have been answered.
fn check(kind: Kind, report: &HostileReport) -> Result<()> {
    if kind != Kind::Replayer {
        ensure!(
            report.receipts.len() == 1 && report.refusals.is_empty(),
            "one report was to be accepted and nothing refused"
        );
        return Ok(());
    }
    ensure!(
        report.receipts.len() == 3,
        "three submissions were to get a receipt"
    );
    ensure!(
        report.receipts[0] == report.receipts[1] && report.indices[0] == report.indices[1],
        "the same bytes were to get the same receipt"
    );
    ensure!(
        report.receipts[2] != report.receipts[0],
        "the third receipt was to be for other bytes"
    );
    ensure!(
        report.refusals == ["nonce-used"],
        "other bytes under a used nonce were to be refused"
    );
    Ok(())
}

/// Copies a folder with everything in it; file modes stay.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn folders_are_copied_with_their_modes() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("a"), root.path().join("b"));
        fs::create_dir_all(from.join("spool")).unwrap();
        fs::write(from.join("spool/1"), b"x").unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(from.join("key"), b"k").unwrap();
        fs::set_permissions(from.join("key"), fs::Permissions::from_mode(0o600)).unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(fs::read(to.join("spool/1")).unwrap(), b"x");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&to), mode(&to.join("key"))), (0o700, 0o600));
    }

    #[test]
    fn a_replay_that_counted_twice_is_noticed() {
        let good = HostileReport {
            receipts: vec!["a".into(), "a".into(), "b".into()],
            indices: vec![4, 4, 9],
            refusals: vec!["nonce-used".into()],
        };
        assert!(check(Kind::Replayer, &good).is_ok());
        for bad in [
            HostileReport {
                indices: vec![4, 5, 9],
                ..good.clone()
            },
            HostileReport {
                refusals: vec![],
                ..good.clone()
            },
            HostileReport {
                receipts: vec!["a".into(), "c".into(), "b".into()],
                ..good.clone()
            },
        ] {
            assert!(check(Kind::Replayer, &bad).is_err());
        }
        assert!(check(Kind::Delayer, &good).is_err());
    }
}
