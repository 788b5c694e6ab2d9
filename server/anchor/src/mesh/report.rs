//! Takes waiting sessions to a collector, at random moments around every report interval.

use super::{Mesh, random_share};
use crate::config::MeshSettings;
use crate::endpoint;
use crate::stream;
use domicile_certs::tls::SERVER_NAME;
use domicile_proto::ALPN_COLLECT;
use domicile_proto::directory::Collector;
use domicile_proto::frame::{self, MAX_TO_AGENT};
use domicile_proto::mesh::{self, MAX_SESSIONS};
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, StatusCode};
use quinn::{Connection, VarInt};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Time for a connection, and for each report on it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reports until it is dropped. Sessions that no collector took wait for the next time.
pub(super) async fn reports(mesh: Arc<Mesh>, settings: MeshSettings) {
    loop {
        // Half to one and a half intervals, so that a fleet of anchors does not come at once.
        sleep(settings.report_every.mul_f64(0.5 + random_share())).await;
        if !settings.report {
            mesh.spool().clear();
        } else if let Err(problem) = report(&mesh).await {
            tracing::warn!(problem, "mesh sessions wait: no collector took them");
        }
    }
}

/// Sends all that waits to the first collector of the directory that takes it.
async fn report(mesh: &Mesh) -> Result<(), String> {
    let now_ms = mesh.now_ms();
    loop {
        let batch = mesh.spool().take(MAX_SESSIONS, now_ms);
        if batch.is_empty() {
            return Ok(());
        }
        let sessions = batch.iter().map(|(_, waiting)| waiting.ranging.clone());
        let signed = mesh::report(&mesh.shared.key, sessions.collect());
        if let Err(problem) = send(mesh, &signed).await {
            mesh.spool().put_back(batch);
            return Err(problem);
        }
        tracing::debug!(sessions = batch.len(), "mesh sessions reported");
    }
}

async fn send(mesh: &Mesh, report: &wire::Signed) -> Result<(), String> {
    let directory = mesh.shared.directory();
    let mut problems = Vec::new();
    for collector in &directory.collectors {
        match offer(mesh, collector, report).await {
            Ok(()) => return Ok(()),
            Err(problem) => problems.push(format!("{}: {problem}", collector.name)),
        }
    }
    Err(problems.join("; "))
}

async fn offer(mesh: &Mesh, collector: &Collector, report: &wire::Signed) -> Result<(), String> {
    let connection = connect(mesh, collector).await?;
    let answer = timeout(PATIENCE, exchange(&connection, report)).await;
    connection.close(VarInt::from_u32(0), b"");
    match answer {
        Ok(Ok(StatusCode::Ok)) => Ok(()),
        Ok(Ok(code)) => Err(format!("refused with {}", code.as_str_name())),
        Ok(Err(problem)) => Err(problem.to_owned()),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

/// Tries the collector's addresses in order.
async fn connect(mesh: &Mesh, collector: &Collector) -> Result<Connection, String> {
    for &address in &collector.addresses {
        let Some(endpoint) = mesh.endpoint(address) else {
            continue;
        };
        let config = endpoint::client_config(&mesh.identity, collector.key, ALPN_COLLECT);
        let config = config.map_err(|error| error.to_string())?;
        if let Ok(connecting) = endpoint.connect_with(config, address, SERVER_NAME)
            && let Ok(Ok(connection)) = timeout(PATIENCE, connecting).await
        {
            return Ok(connection);
        }
    }
    Err("cannot be reached".to_owned())
}

async fn exchange(
    connection: &Connection,
    report: &wire::Signed,
) -> Result<StatusCode, &'static str> {
    const BROKEN: &str = "the connection broke";
    let (mut send, mut receive) = connection.open_bi().await.map_err(|_| BROKEN)?;
    let request = wire::CollectorRequest {
        request: Some(Request::Mesh(report.clone())),
    };
    let bytes = frame::frame(&request);
    send.write_all(&bytes).await.map_err(|_| BROKEN)?;
    send.finish().map_err(|_| BROKEN)?;
    let reply = stream::read::<wire::CollectorReply>(&mut receive, MAX_TO_AGENT).await;
    match reply.map_err(|_| BROKEN)?.reply {
        Some(Reply::Status(status)) => Ok(status.code()),
        _ => Err("another message than is due"),
    }
}
