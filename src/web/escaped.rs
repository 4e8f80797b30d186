//! Text that a row of a list shows again and again.

use std::borrow::Cow;
use std::fmt;

use askama::filters::{self, HtmlSafe};
use askama::{FastWritable, Values};

/// Text as it stands in HTML. A row has its id in a dozen places, and askama would look at each letter of it in each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escaped<'a>(Cow<'a, str>);

impl<'a> Escaped<'a> {
    /// Escapes a text, once. Most are left as they are.
    #[must_use]
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if !text.contains(['<', '>', '&', '"', '\'']) {
            return Self(text);
        }
        let Ok(safe) = filters::escape(&*text, filters::Html);
        Self(Cow::Owned(safe.to_string()))
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Escaped<'_> {}

impl FastWritable for Escaped<'_> {
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
    struct Page<'a> {
        text: Escaped<'a>,
    }

    #[test]
    fn it_is_escaped_once() {
        for (text, expected) in [("inv_01m805cnzv", "inv_01m805cnzv"), ("<b>&", "&#60;b&#62;&#38;")] {
            assert_eq!(Page { text: Escaped::new(text) }.render().unwrap(), expected);
        }
        for text in ["Zoë", "<", ">", "&", "\"", "'", "<b title='\"'>&"] {
            let Ok(expected) = filters::escape(text, filters::Html);
            assert_eq!(Page { text: Escaped::new(text) }.render().unwrap(), expected.to_string());
        }
    }
}
