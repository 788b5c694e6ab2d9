//! A frame with a title, two axes and a legend, as SVG text.
//!
//! The colours are those of Okabe and Ito, which people with any colour vision tell apart; lines
//! also differ in their dashes. The background is white, whatever is around the picture.

use domicile_map::escape;
use std::fmt::Write as _;

/// Size of a picture, and the frame within it.
pub(super) const WIDTH: f64 = 760.0;
pub(super) const HEIGHT: f64 = 480.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 74.0;

/// How one series looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) colour: &'static str,
    pub(super) dashes: &'static str,
    pub(super) width: f64,
}

/// Looks of series, the first for what the picture is about.
pub(super) const LOOKS: [Look; 5] = [
    look("#0072b2", "none", 3.0),
    look("#d55e00", "7 4", 2.0),
    look("#009e73", "2 3", 2.2),
    look("#cc79a7", "10 3 2 3", 2.0),
    look("#000000", "4 2", 1.4),
];

const fn look(colour: &'static str, dashes: &'static str, width: f64) -> Look {
    Look {
        colour,
        dashes,
        width,
    }
}

/// One axis: what it shows, with its unit, and marks at shares (0 to 1) of its length.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) label: String,
    pub(super) marks: Vec<(f64, String)>,
}

impl Axis {
    /// 0 to 100 % in steps of 20.
    pub(super) fn percent(label: &str) -> Self {
        let mark = |k: u8| (f64::from(k) / 5.0, format!("{}", k * 20));
        Self {
            label: label.to_owned(),
            marks: (0..=5).map(mark).collect(),
        }
    }
}

/// A picture under way.
#[derive(Debug)]
pub(super) struct Chart {
    text: String,
}

/// Where a share of the horizontal axis is.
pub(super) fn x(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

/// Where a share of the vertical axis is.
pub(super) fn y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
}

/// The opening of a picture of this size: background, title, and a line below it.
pub(super) fn opening(width: f64, height: f64, title: &str, below: &str) -> String {
    let (title, below) = (escape(title), escape(below));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\" \
         font-family=\"system-ui,'DejaVu Sans',sans-serif\" font-size=\"13\" fill=\"#222\">\n\
         <title>{title}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"24\" y=\"30\" font-size=\"18\" font-weight=\"600\">{title}</text>\n\
         <text x=\"24\" y=\"52\" fill=\"#555\">{below}</text>\n"
    )
}

impl Chart {
    /// The frame, its grid and its labels.
    pub(super) fn new(title: &str, below: &str, horizontal: &Axis, vertical: &Axis) -> Self {
        let mut chart = Self {
            text: opening(WIDTH, HEIGHT, title, below),
        };
        let (left, right, bottom, top) = (x(0.0), x(1.0), y(0.0), y(1.0));
        for (share, mark) in &vertical.marks {
            let at = y(*share);
            chart.add(&format!(
                "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ddd\"/><text x=\"{:.1}\" \
                 y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 8.0,
                at + 4.5,
                escape(mark)
            ));
        }
        for (share, mark) in &horizontal.marks {
            let at = x(*share);
            chart.add(&format!(
                "<path d=\"M{at:.1} {bottom}v5\" stroke=\"#444\"/>{}",
                text_lines(at, bottom + 20.0, mark)
            ));
        }
        chart.add(&format!(
            "<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#444\"/>"
        ));
        let (middle, foot) = (x(0.5), HEIGHT - 12.0);
        chart.add(&format!(
            "<text x=\"{middle}\" y=\"{foot}\" text-anchor=\"middle\">{}</text>",
            escape(&horizontal.label)
        ));
        let middle = y(0.5);
        chart.add(&format!(
            "<text transform=\"translate(22 {middle}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escape(&vertical.label)
        ));
        chart
    }

    /// Adds an element.
    pub(super) fn add(&mut self, element: &str) {
        self.text.push_str(element);
        self.text.push('\n');
    }

    /// A line through points given as shares of the axes.
    pub(super) fn line(&mut self, points: impl Iterator<Item = (f64, f64)>, look: Look) {
        let mut path = String::new();
        for (across, up) in points {
            let command = if path.is_empty() { 'M' } else { 'L' };
            write!(path, "{command}{:.1} {:.1}", x(across), y(up))
                .expect("writing to a String cannot fail");
        }
        let Look {
            colour,
            dashes,
            width,
        } = look;
        self.add(&format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
             stroke-dasharray=\"{dashes}\" stroke-linejoin=\"round\"/>"
        ));
    }

    /// Names of lines, from a place downwards.
    pub(super) fn legend(&mut self, at: (f64, f64), names: &[(String, Look)]) {
        #[allow(clippy::cast_precision_loss)] // a handful
        let height = names.len() as f64 * 20.0 + 12.0;
        let (left, top) = (x(at.0), y(at.1));
        self.add(&format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"274\" height=\"{height}\" \
             fill=\"#fff\" fill-opacity=\"0.9\" stroke=\"#ddd\"/>"
        ));
        let mut line = top + 20.0;
        for (name, look) in names {
            let (colour, dashes, width) = (look.colour, look.dashes, look.width);
            self.add(&format!(
                "<path d=\"M{:.1} {:.1}h34\" stroke=\"{colour}\" stroke-width=\"{width}\" \
                 stroke-dasharray=\"{dashes}\"/><text x=\"{:.1}\" y=\"{line:.1}\">{}</text>",
                left + 10.0,
                line - 4.5,
                left + 52.0,
                escape(name)
            ));
            line += 20.0;
        }
    }

    /// The picture.
    pub(super) fn end(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// Centred text, one line below the other.
fn text_lines(x: f64, y: f64, text: &str) -> String {
    let mut lines = String::new();
    for (line, below) in text.lines().zip(0u8..) {
        let y = y + f64::from(below) * 16.0;
        write!(
            lines,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>",
            escape(line)
        )
        .expect("writing to a String cannot fail");
    }
    lines
}
