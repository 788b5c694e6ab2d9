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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::eval::estimate::Bin;

    #[test]
    fn each_bin_is_a_mark_with_its_hosts() {
        let bin = |from: f64, hosts, probability, right| Bin {
            from,
            to: from + 0.1,
            hosts,
            probability,
            right,
        };
        let mut belief = Accuracy {
            errors_km: vec![1.0, f64::INFINITY],
            top1_share: Some(0.5),
            bins: vec![bin(0.3, 12, 0.35, 0.25), bin(0.9, 180, 0.97, 1.0)],
        };
        let picture = draw(&belief).unwrap();
        assert_eq!(picture.matches("<circle").count(), 2);
        assert!(picture.contains(">12</text>") && picture.contains(">180</text>"));
        assert!(picture.contains("Calibration error 0.034"), "{picture}");
        if let Some(path) = std::env::var_os("DOMICILE_PLOT_SAMPLE") {
            std::fs::write(path, picture).unwrap();
        }
        belief.bins.clear();
        assert_eq!(draw(&belief), None);
    }
}
