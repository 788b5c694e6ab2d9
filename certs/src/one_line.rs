//! An error and its causes as one line for a person.

use std::error::Error;

/// The error's text, then each cause's that the text does not already end with.
///
/// Many errors here name their cause in their own text, so that they stand alone in a log; a plain
/// walk over the chain would say it twice.
pub fn one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Sample {
        #[error("cannot read a: {source}")]
        Said { source: std::io::Error },
        #[error("cannot start")]
        Unsaid { source: std::io::Error },
    }

    #[test]
    fn a_cause_is_said_once() {
        let source = || std::io::Error::other("disk on fire");
        assert_eq!(
            one_line(&Sample::Said { source: source() }),
            "cannot read a: disk on fire"
        );
        assert_eq!(
            one_line(&Sample::Unsaid { source: source() }),
            "cannot start: disk on fire"
        );
    }
}
