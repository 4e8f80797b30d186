//! Text that a row of a list shows again and again.

use std::fmt;

use askama::filters::{self, HtmlSafe};
use askama::{FastWritable, Values};

/// Text as it stands in HTML. A row has its id in a dozen places, and askama would look at each letter of it in each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escaped(String);

impl Escaped {
    /// Escapes a text, once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let Ok(safe) = filters::escape(text, filters::Html);
        Self(safe.to_string())
    }
}

impl fmt::Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Escaped {}

impl FastWritable for Escaped {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;

    #[derive(Template)]
    #[template(source = "{{ text }}", ext = "html")]
    struct Page {
        text: Escaped,
    }

    #[test]
    fn it_is_escaped_once() {
        for (text, expected) in [("inv_01m805cnzv", "inv_01m805cnzv"), ("<b>&", "&#60;b&#62;&#38;")] {
            assert_eq!(Page { text: Escaped::new(text) }.render().unwrap(), expected);
        }
    }
}
