//! The verdict path uses only operations that every machine rounds alike, and no belief.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

/// Functions whose last bits depend on the platform's mathematics library.
const PLATFORM_MATHEMATICS: &[&str] = &[
    ".sin()",
    ".cos()",
    ".tan()",
    ".sin_cos()",
    ".asin()",
    ".acos()",
    ".atan()",
    ".atan2(",
    ".sinh()",
    ".cosh()",
    ".tanh()",
    ".exp()",
    ".exp2()",
    ".exp_m1()",
    ".ln()",
    ".ln_1p()",
    ".log(",
    ".log2()",
    ".log10()",
    ".powf(",
    ".powi(",
    ".cbrt()",
    ".hypot(",
    ".mul_add(",
    ".to_radians()",
    ".to_degrees()",
    "f64::sin",
    "f64::cos",
    "f64::hypot",
    "f64::mul_add",
    "libm",
    // The tools' module, which uses it.
    "convert::",
];

/// Ways to reach a clock, randomness or the outside.
const OUTSIDE: &[&str] = &[
    "HashMap",
    "HashSet",
    "Instant",
    "SystemTime",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::io",
    "rand",
    "thread",
];

/// Statistics and what only they use.
const STATISTICS: &[&str] = &["belief", "cities"];

/// For tools; their output is data or text, never part of a verdict.
const TOOLS: &[&str] = &["convert.rs"];

/// Statistics: they may use the platform's mathematics, and no verdict uses them.
fn is_statistics(name: &str) -> bool {
    name.starts_with("belief/") || name == "cities.rs"
}

/// Every source file but the tools', by its path under `src`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let parts = path.strip_prefix(&root).unwrap().components();
            let parts: Vec<_> = parts.map(|p| p.as_os_str().to_str().unwrap()).collect();
            let name = parts.join("/");
            if !TOOLS.contains(&name.as_str()) {
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

fn assert_lacks(name: &str, text: &str, words: &[&str]) {
    // Unit tests come last in a file and may compare with the platform's functions.
    let code = text.split("#[cfg(test)]").next().unwrap();
    for (number, line) in code.lines().enumerate() {
        let line = line.split("//").next().unwrap();
        // The crate's root names its modules.
        let is_module = name == "lib.rs" && line.starts_with("pub mod ");
        for word in words {
            assert!(
                is_module || !line.contains(word),
                "{name}:{}: {word} in {line:?}",
                number + 1
            );
        }
    }
}

#[test]
fn the_verdict_path_has_no_platform_mathematics_clock_or_io() {
    let sources = sources();
    assert!(sources.len() > 20, "only {} files", sources.len());
    for (name, text) in &sources {
        assert_lacks(name, text, OUTSIDE);
        if !name.starts_with("belief/") {
            assert_lacks(name, text, PLATFORM_MATHEMATICS);
        }
    }
}

#[test]
fn no_verdict_uses_statistics() {
    for (name, text) in sources().iter().filter(|(name, _)| !is_statistics(name)) {
        assert_lacks(name, text, STATISTICS);
    }
}
