//! How far estimates are off: the cumulative distribution of the error.

use super::chart::{Axis, Chart, Look};
use crate::eval::estimate::Accuracy;

/// The axis reaches from 1 km to 20,000 km, half the Earth's girth.
const DECADES: f64 = 4.301_029_995_663_981;

/// The picture of named estimates, each with its look; of no estimate none.
pub(super) fn draw(named: &[(&str, &Accuracy, Look)], anchors: usize) -> Option<String> {
    let hosts = named.first()?.1.errors_km.len();
    let marks = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
    let horizontal = Axis {
        label: "error, km (logarithmic)".to_owned(),
        marks: marks.map(|km| (share(km), thousands(km))).into(),
    };
    let mut chart = Chart::new(
        "How far estimated places are from the true ones",
        &format!("{hosts} hosts whose coordinates are known, {anchors} anchors, leave one out"),
        &horizontal,
        &Axis::percent("hosts with at most this error, %"),
    );
    // The first on top of the others.
    for (_, accuracy, look) in named.iter().rev() {
        chart.line(steps(&accuracy.errors_km), *look);
    }
    let names: Vec<(String, Look)> = named
        .iter()
        .map(|(name, accuracy, look)| {
            let median = accuracy.median_km();
            let median = median.map_or("no median".to_owned(), |km| format!("median {km:.1} km"));
            (format!("{name}: {median}"), *look)
        })
        .collect();
    chart.legend((0.58, 0.36), &names);
    Some(chart.end())
}

/// The corners of the distribution's steps, as shares of the axes. Hosts without an answer have
/// an infinite error and are beyond the end.
#[allow(clippy::cast_precision_loss)] // hosts
fn steps(errors_km: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let all = errors_km.len() as f64;
    let finite = errors_km.iter().filter(|km| km.is_finite());
    let corners = finite.clone().enumerate().flat_map(move |(k, km)| {
        let (below, with) = (k as f64 / all, (k + 1) as f64 / all);
        [(share(*km), below), (share(*km), with)]
    });
    let end = finite.count() as f64 / all;
    [(0.0, 0.0)].into_iter().chain(corners).chain([(1.0, end)])
}

fn share(km: f64) -> f64 {
    (km.max(1.0).log10() / DECADES).min(1.0)
}

fn thousands(km: f64) -> String {
    if km < 1_000.0 {
        format!("{km}")
    } else {
        format!("{},000", km / 1_000.0)
    }
}
