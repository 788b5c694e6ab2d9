//! Whether the belief is right as often as it says.

use super::chart::{Axis, Chart, LOOKS, x, y};
use crate::eval::estimate::Accuracy;

/// The picture; none of an estimate that gives no probabilities.
pub(super) fn draw(belief: &Accuracy) -> Option<String> {
    let error = belief.calibration_error()?;
    let mut chart = Chart::new(
        "How often the most likely territory is the true one",
        &format!(
            "On the dashed line the belief is right as often as it says. \
             Calibration error {error:.3}. Numbers are hosts."
        ),
        &Axis::percent("probability given to the most likely territory, %"),
        &Axis::percent("hosts that are in it, %"),
    );
    chart.line([(0.0, 0.0), (1.0, 1.0)].into_iter(), LOOKS[4]);
    let points = || belief.bins.iter().map(|bin| (bin.probability, bin.right));
    chart.line(points(), LOOKS[0]);
    let colour = LOOKS[0].colour;
    for bin in &belief.bins {
        let (across, up) = (x(bin.probability), y(bin.right));
        // The area of a mark grows with its hosts.
        #[allow(clippy::cast_precision_loss)] // hosts
        let radius = (bin.hosts as f64).sqrt().clamp(3.0, 14.0);
        chart.add(&format!(
            "<circle cx=\"{across:.1}\" cy=\"{up:.1}\" r=\"{radius:.1}\" fill=\"{colour}\" \
             stroke=\"#fff\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" \
             stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">{}</text>",
            across - radius - 4.0,
            up - 6.0,
            bin.hosts
        ));
    }
    Some(chart.end())
}
