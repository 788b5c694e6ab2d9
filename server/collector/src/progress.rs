//! Progress of what takes long: a bar on a terminal, a line now and then elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// Between two lines where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// The display. Nothing is shown for what is done at once.
#[derive(Debug, Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
    step: &'static str,
    last_line: Option<Instant>,
}

impl Progress {
    /// Shows that `done` of `total` units of a step are done.
    pub fn at(&mut self, step: &'static str, done: u64, total: u64) {
        if std::io::stderr().is_terminal() {
            self.draw(step, done, total);
        } else {
            self.line(step, done, total);
        }
    }

    fn draw(&mut self, step: &'static str, done: u64, total: u64) {
        if self.step != step {
            self.finish();
            self.step = step;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}") {
                bar.set_style(style);
            }
            bar.set_message(step);
            bar
        });
        bar.set_length(total);
        bar.set_position(done);
    }

    fn line(&mut self, step: &'static str, done: u64, total: u64) {
        let now = Instant::now();
        let began = *self.last_line.get_or_insert(now);
        if now.duration_since(began) >= LINE_INTERVAL {
            self.last_line = Some(now);
            tracing::info!(step, done, total, "in progress");
        }
    }

    /// Takes the bar away.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
