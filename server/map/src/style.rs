//! How the map looks, in light and in dark.

/// The style sheet.
pub(super) const CSS: &str = "
:root{color-scheme:light dark;--back:#fbfaf7;--ink:#1d2428;--dim:#5d6a70;--line:#d8dcd9;--sea:#e6eef2;--land:#c6cac3;--permitted:#8fb8a4;--feasible:#e08a2e;--cap:#48617a;--bad:#b3261e;--good:#1d7a46;--warn:#8a5a00;--truth:#111}
@media(prefers-color-scheme:dark){:root{--back:#14181b;--ink:#e4e7e6;--dim:#97a3a8;--line:#30383c;--sea:#1b252b;--land:#414a4b;--permitted:#3f6d58;--feasible:#e0892d;--cap:#9db4cb;--bad:#ff8a80;--good:#6fd39b;--warn:#e8b75a;--truth:#fff}}
body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:0 0 .2rem}header p{color:var(--dim);max-width:60rem}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}nav a{color:inherit}
b{font-weight:600;font-size:.85em;color:var(--dim)}b.confined{color:var(--good)}b.permitted-excluded,b.invalid,b.identity-conflict,b.inconsistent{color:var(--bad)}b.insufficient,b.silent{color:var(--warn)}
section{border-top:1px solid var(--line);margin-top:1.6rem;padding-top:1.2rem}section p{margin:.1rem 0}.facts{color:var(--dim);font-size:.9rem}
.maps{display:grid;grid-template-columns:720fr 284fr;gap:.8rem;margin-top:.7rem}
svg.world,svg.near{border:1px solid var(--line);border-radius:4px;display:block}
@media(max-width:50rem){.maps{grid-template-columns:1fr}}
.sea{fill:var(--sea)}.land,.permitted,.feasible{fill:none;stroke-width:1.06}.land{stroke:var(--land)}.permitted{stroke:var(--permitted)}.feasible{stroke:var(--feasible)}
.reach{fill:var(--cap);fill-rule:evenodd;fill-opacity:.08}.cap{fill:none;stroke:var(--cap);stroke-width:.5;stroke-opacity:.4}.cap.deciding{stroke-width:1.1;stroke-opacity:1}.cap.lies{stroke:var(--bad);stroke-dasharray:4 3;stroke-opacity:.9}
.anchor{fill:var(--cap);stroke:var(--back);stroke-width:.6}.anchor.lies{fill:var(--bad)}
.declared{fill:none;stroke:var(--truth);stroke-width:1.4}.truth{fill:none;stroke:var(--truth);stroke-width:2}
.scale{stroke:var(--ink);stroke-width:1.5;fill:none}text.scale{stroke:none;fill:var(--ink);font-size:10px}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;font-size:.9rem;color:var(--dim);padding:0;list-style:none}.legend svg{width:26px;height:14px;vertical-align:-2px;margin-right:.4rem}
";

/// What the colours and marks mean.
pub(super) fn legend(tier: &str, lying_votes: u8) -> String {
    let entry = |mark: &str, text: &str| {
        format!("<li><svg viewBox=\"0 0 26 14\" aria-hidden=\"true\">{mark}</svg>{text}</li>\n")
    };
    let band =
        |class: &str| format!("<path class=\"{class}\" style=\"stroke-width:10\" d=\"M1 7h24\"/>");
    let entries = [
        entry(&band("permitted"), "territory that the licence permits"),
        entry(
            &band("feasible"),
            &format!("feasible region at {tier}: land that at most {lying_votes} vote(s) exclude"),
        ),
        entry(
            "<circle class=\"cap deciding\" cx=\"13\" cy=\"7\" r=\"6\"/>",
            "cap of a deciding vote",
        ),
        entry(
            "<circle class=\"cap\" cx=\"13\" cy=\"7\" r=\"6\"/>",
            "other caps",
        ),
        entry(
            "<circle class=\"anchor\" cx=\"13\" cy=\"7\" r=\"3\"/>",
            "anchor",
        ),
        entry(
            "<circle class=\"anchor lies\" cx=\"13\" cy=\"7\" r=\"3\"/>",
            "anchor that lies in this world",
        ),
        entry(
            "<circle class=\"declared\" cx=\"13\" cy=\"7\" r=\"5\"/>",
            "declared metro",
        ),
        entry(
            "<path class=\"truth\" d=\"M9 3l8 8m0 -8l-8 8\"/>",
            "where the host really is",
        ),
    ];
    format!("<ul class=\"legend\">\n{}</ul>\n", entries.concat())
}
