//! Counts in the OpenMetrics text format, for Prometheus and the rules of its Alertmanager.
//!
//! | name | labels | what |
//! |---|---|---|
//! | `domicile_flags_open` | `code`, `severity` | flags that are open |
//! | `domicile_cases` | `state` | cases |
//! | `domicile_cases_overdue` | | cases whose next step is due |
//! | `domicile_alert_backlog_seconds` | `target` | age of the oldest alert that a target has not taken |
//! | `domicile_alerts_delivered_total` | `target` | alerts taken since the start |
//! | `domicile_alert_attempts_failed_total` | `target` | attempts that were not, since the start |
//! | `domicile_log_records` | | records in the log |
//! | `domicile_desk_lag_records` | | records that flags have not been made from yet |

use super::Waiting;
use domicile_diversion::cases::State;
use domicile_diversion::flags::{Code, Severity};
use domicile_http::server::{Limits, Question, Reply, serve};
use hyper::{Method, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const LIMITS: Limits = Limits {
    connections: 8,
    wait: Duration::from_secs(10),
    body: 0,
};

/// Everything that is counted.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Open flags.
    pub flags: BTreeMap<(Code, Severity), u64>,
    /// Cases.
    pub cases: BTreeMap<State, u64>,
    /// Cases whose next step is due.
    pub overdue: u64,
    /// Targets of alerts, by name.
    pub targets: BTreeMap<String, Waiting>,
    /// Records in the log.
    pub records: u64,
    /// Records that flags have not been made from.
    pub lag: u64,
    /// Unix time, ms.
    pub now_ms: u64,
}

type Labels = Vec<(&'static str, String)>;

/// The counts as a page.
pub fn text(counts: &Counts) -> String {
    let mut registry = Registry::with_prefix("domicile");
    let flags = Family::<Labels, Gauge>::default();
    for ((code, severity), count) in &counts.flags {
        let labels = vec![
            ("code", code.name().to_owned()),
            ("severity", severity.to_string()),
        ];
        flags.get_or_create(&labels).set(signed(*count));
    }
    registry.register("flags_open", "Flags that are open", flags);
    let cases = Family::<Labels, Gauge>::default();
    for state in State::ALL {
        let count = counts.cases.get(&state).copied().unwrap_or_default();
        let labels = vec![("state", state.name().to_owned())];
        cases.get_or_create(&labels).set(signed(count));
    }
    registry.register("cases", "Cases", cases);
    let mut gauge = |name: &str, help: &str, value: u64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(signed(value));
        registry.register(name, help, gauge);
    };
    gauge(
        "cases_overdue",
        "Cases whose next step is due",
        counts.overdue,
    );
    gauge("log_records", "Records in the log", counts.records);
    gauge(
        "desk_lag_records",
        "Records that flags have not been made from yet",
        counts.lag,
    );
    targets(&mut registry, counts);
    let mut text = String::new();
    encode(&mut text, &registry).expect("a text takes any text");
    text
}

fn targets(registry: &mut Registry, counts: &Counts) {
    let backlog = Family::<Labels, Gauge>::default();
    let delivered = Family::<Labels, Counter>::default();
    let failed = Family::<Labels, Counter>::default();
    for (name, one) in &counts.targets {
        let labels = vec![("target", name.clone())];
        let age_ms = one
            .oldest_ms
            .map_or(0, |ms| counts.now_ms.saturating_sub(ms));
        backlog.get_or_create(&labels).set(signed(age_ms / 1000));
        delivered.get_or_create(&labels).inc_by(one.delivered);
        failed.get_or_create(&labels).inc_by(one.failed);
    }
    registry.register(
        "alert_backlog_seconds",
        "Age of the oldest alert that a target has not taken",
        backlog,
    );
    registry.register(
        "alerts_delivered",
        "Alerts taken since the start",
        delivered,
    );
    registry.register(
        "alert_attempts_failed",
        "Attempts that were not taken since the start",
        failed,
    );
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Serves `/metrics` until `stop` turns true.
pub(crate) async fn run<C>(listener: TcpListener, counts: C, stop: watch::Receiver<bool>)
where
    C: Fn() -> Counts + Send + Sync + 'static,
{
    let counts = Arc::new(counts);
    let answer = move |question: Question| {
        let counts = Arc::clone(&counts);
        async move { answer(&question, &*counts) }
    };
    serve(listener, LIMITS, answer, stop).await;
}

fn answer(question: &Question, counts: &impl Fn() -> Counts) -> Reply {
    if question.path != "/metrics" {
        return Reply::text(StatusCode::NOT_FOUND, "there is /metrics\n");
    }
    if question.method != Method::GET && question.method != Method::HEAD {
        return Reply::text(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
    }
    Reply {
        status: StatusCode::OK,
        content_type: CONTENT_TYPE,
        cache: "no-store",
        body: text(&counts()).into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_count() {
        let mut counts = Counts {
            overdue: 2,
            records: 100,
            lag: 3,
            now_ms: 90_000,
            ..Counts::default()
        };
        counts.flags.insert((Code::Silence, Severity::Medium), 4);
        counts.cases.insert(State::UnderReview, 5);
        let waiting = Waiting {
            oldest_ms: Some(30_000),
            delivered: 6,
            failed: 7,
        };
        counts.targets.insert("pager".into(), waiting);
        let page = text(&counts);
        for line in [
            "domicile_flags_open{code=\"silence\",severity=\"medium\"} 4",
            "domicile_cases{state=\"under-review\"} 5",
            "domicile_cases{state=\"closed\"} 0",
            "domicile_cases_overdue 2",
            "domicile_log_records 100",
            "domicile_desk_lag_records 3",
            "domicile_alert_backlog_seconds{target=\"pager\"} 60",
            "domicile_alerts_delivered_total{target=\"pager\"} 6",
            "domicile_alert_attempts_failed_total{target=\"pager\"} 7",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }
}
