//! HTML that is written from texts: whatever they say, they are text.

use std::fmt::{Display, Write as _};

/// A page in the making.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of the program's own.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A text, escaped.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        let mut escaping = Escaping(&mut self.0);
        // Only a formatter that fails by itself could fail here; ours do not.
        let _ = write!(escaping, "{text}");
        self
    }

    /// A text in an element.
    pub(super) fn element(&mut self, name: &'static str, text: impl Display) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
        self.text(text);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }

    /// A row of a table: what, and what it is.
    pub(super) fn row(&mut self, name: &'static str, value: impl Display) -> &mut Self {
        self.markup("<tr>").element("th", name).element("td", value);
        self.markup("</tr>\n")
    }

    /// A row of cells.
    pub(super) fn cells(&mut self, cells: &[&dyn Display]) -> &mut Self {
        self.markup("<tr>");
        for cell in cells {
            self.element("td", cell);
        }
        self.markup("</tr>\n")
    }

    /// A list.
    pub(super) fn list<T: Display>(&mut self, items: impl IntoIterator<Item = T>) -> &mut Self {
        self.markup("<ul>\n");
        for item in items {
            self.element("li", item).markup("\n");
        }
        self.markup("</ul>\n")
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Writes text as HTML.
struct Escaping<'s>(&'s mut String);

impl std::fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push_str("<br>"),
                c if c.is_control() => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_markup(text in "\\PC{0,30}[<>&\"']{0,4}\\PC{0,10}") {
            let mut html = Html::default();
            html.element("p", &text);
            let page = html.finish();
            let inside = page.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>"));
            let inside = inside.unwrap_or("<").replace("<br>", "");
            prop_assert!(!inside.contains(['<', '>', '"', '\'']), "{page}");
            let plain = inside
                .replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
                .replace("&#39;", "'").replace("&amp;", "&");
            prop_assert_eq!(plain, text);
        }
    }
}
