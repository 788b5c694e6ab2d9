//! What a probe printed, read back.
#![allow(unreachable_pub, clippy::unwrap_used)]

use domicile_daemon::sandbox::Confinement;
use std::process::Output;

/// What a probe said of itself.
pub struct Tried {
    /// Wall, name, error number.
    pub attempts: Vec<(String, String, i32)>,
    /// Layers that this kernel does not give.
    pub missing: Vec<String>,
    /// Whether it did its work behind the walls.
    pub worked: bool,
}

pub fn tried(output: &Output) -> Tried {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    let attempts = text.lines().filter_map(|line| {
        let mut fields = line.strip_prefix("tried\t")?.split('\t').map(str::to_owned);
        let (wall, name) = (fields.next()?, fields.next()?);
        Some((wall, name, fields.next()?.parse().ok()?))
    });
    let layers = text.lines().find_map(|line| line.strip_prefix("layers "));
    let layers = layers.map(|json| serde_json::from_str::<Confinement>(json).unwrap());
    let missing = layers.iter().flat_map(Confinement::missing).map(|layer| {
        println!(
            "SKIPPED: this kernel lacks {}: {}",
            layer.name, layer.detail
        );
        layer.name.clone()
    });
    Tried {
        attempts: attempts.collect(),
        missing: missing.collect(),
        worked: text
            .lines()
            .any(|line| line.starts_with("worked ") && line != "worked 0"),
    }
}

/// Every attempt was made and every one was denied by the wall that it is for.
pub fn all_denied(role: &str, output: &Output, expected: usize) {
    let tried = tried(output);
    assert!(tried.worked, "{role} did not do its work: {output:?}");
    assert_eq!(tried.attempts.len(), expected, "{role}");
    let mut denied = 0;
    for (wall, name, number) in &tried.attempts {
        if tried.missing.contains(wall) {
            continue;
        }
        let expected = match wall.as_str() {
            "seccomp" => libc::EXFULL,
            _ => libc::EACCES,
        };
        assert_eq!(
            *number, expected,
            "{role}: `{name}` was not denied by {wall}"
        );
        denied += 1;
    }
    println!("{role}: {denied} of {expected} attempts denied");
}
