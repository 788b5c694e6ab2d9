//! Every test and path that `deploy/THREAT-MODEL.md` names is there.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

#[test]
fn every_test_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("deploy/THREAT-MODEL.md")).unwrap();
    let (mut tests, mut paths) = (0, 0);
    for name in page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/'))
    {
        let (path, test) = name
            .split_once("::")
            .map_or((name, None), |(p, t)| (p, Some(t)));
        assert!(root.join(path).exists(), "{path} is not there");
        paths += 1;
        if let Some(test) = test {
            let text = fs::read_to_string(root.join(path)).unwrap();
            assert!(text.contains(&format!("fn {test}(")), "no {test} in {path}");
            tests += 1;
        }
    }
    assert!(tests > 30 && paths > tests, "{tests} tests, {paths} paths");
}
