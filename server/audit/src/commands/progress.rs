//! Bars on the terminal of whoever waits.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many of something.
pub(super) fn bar(length: usize, of_what: &str) -> ProgressBar {
    let template = format!("{{bar:30}} {{pos}}/{{len}} {of_what}, {{per_sec}}, {{eta}} left");
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style)
}

/// A count where nobody knows how many there will be.
pub(super) fn spinner(of_what: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {of_what}, {{per_sec}}"))
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}
