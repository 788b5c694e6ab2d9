//! For how many hosts CN is excluded, by how near an anchor is.

use super::chart::{Axis, Chart, x, y};
use crate::eval::report::ClassReport;
use domicile_geo::Tier;

/// Fill of each tier's bars, from light to dark.
const FILLS: [&str; Tier::ALL.len()] = ["#f0e442", "#56b4e9", "#0072b2"];

/// The picture of classes by the round trip to the nearest anchor.
#[allow(clippy::cast_precision_loss)] // hosts and classes
pub(super) fn draw(classes: &[ClassReport], hosts: usize) -> String {
    let slot = 1.0 / classes.len().max(1) as f64;
    let marks = classes.iter().enumerate().map(|(k, class)| {
        let name = match class.to {
            to if to >= 1_000.0 => format!("over {}", class.from),
            to => format!("{} to {to}", class.from),
        };
        let place = (k as f64 + 0.5) * slot;
        (place, format!("{name}\n{} hosts", class.hosts))
    });
    let horizontal = Axis {
        label: "round trip to the nearest anchor, ms".to_owned(),
        marks: marks.collect(),
    };
    let mut chart = Chart::new(
        "Hosts for which mainland China is excluded",
        &format!(
            "{hosts} hosts outside of CN, HK and MO, leave one out; by the fastest signal assumed"
        ),
        &horizontal,
        &Axis::percent("hosts for which CN is excluded, %"),
    );
    let width = slot / (Tier::ALL.len() as f64 + 1.0);
    for (k, class) in classes
        .iter()
        .enumerate()
        .filter(|(_, class)| class.hosts > 0)
    {
        for (place, (tier, fill)) in Tier::ALL.into_iter().zip(FILLS).enumerate() {
            let count = class.cn_excluded[tier.label()];
            let share = count as f64 / class.hosts as f64;
            let left = x(k as f64 * slot + (place as f64 + 0.5) * width);
            let right = x(k as f64 * slot + (place as f64 + 1.5) * width);
            let (top, bottom) = (y(share), y(0.0));
            chart.add(&format!(
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
                 fill=\"{fill}\" stroke=\"#222\" stroke-width=\"0.7\"><title>{tier}: {count} of \
                 {}</title></rect>",
                right - left,
                bottom - top,
                class.hosts
            ));
        }
    }
    let mut left = x(1.0) - 216.0;
    for (tier, fill) in Tier::ALL.into_iter().zip(FILLS) {
        let top = 20.0;
        chart.add(&format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"14\" height=\"12\" fill=\"{fill}\" \
             stroke=\"#222\" stroke-width=\"0.7\"/><text x=\"{:.1}\" y=\"{:.1}\">{tier}</text>",
            left + 20.0,
            top + 11.0
        ));
        left += 78.0;
    }
    chart.end()
}
