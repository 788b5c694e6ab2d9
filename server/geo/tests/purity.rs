//! The verdict path uses only operations that every machine rounds alike.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

/// Functions whose last bits depend on the platform's mathematics library, and ways to
/// reach a clock, randomness or the outside.
const FORBIDDEN: &[&str] = &[
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

/// For tools; their output is data or text, never part of a verdict.
const TOOLS: &[&str] = &["convert.rs"];

#[test]
fn the_verdict_path_has_no_platform_mathematics_clock_or_io() {
    let mut checked = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if TOOLS.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        // Unit tests come last in a file and may compare with the platform's functions.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap();
            for word in FORBIDDEN {
                assert!(
                    !line.contains(word),
                    "{name}:{}: {word} in {line:?}",
                    number + 1
                );
            }
            // The only file that may call the tools' module is none.
            assert!(
                !line.contains("convert::"),
                "{name}:{}: {line:?}",
                number + 1
            );
        }
        checked += 1;
    }
    assert!(checked > 12, "only {checked} files looked at");
}
