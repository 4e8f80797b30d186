//! What is wrong with a field of a form, in the words shown beside it.

use std::borrow::Cow;

/// A refused value. The text says what to do, never what was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(pub Cow<'static, str>);

impl Rejected {
    /// A refusal in fixed words.
    #[must_use]
    pub const fn because(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

/// The refusals of one form, by the name of the field, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(Vec<(Cow<'static, str>, String)>);

impl Errors {
    /// One refusal only.
    #[must_use]
    pub fn one(field: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self(vec![(field.into(), text.into())])
    }

    /// Notes a refusal.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, text: impl Into<String>) {
        self.0.push((field.into(), text.into()));
    }

    /// Takes the value out of a parsed field, or notes why there is none.
    pub fn check<T>(&mut self, field: &'static str, parsed: Result<T, Rejected>) -> Option<T> {
        parsed.map_err(|refusal| self.0.push((field.into(), refusal.to_string()))).ok()
    }

    /// The refusal of a field.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }

    /// The same, with another name for a field.
    #[must_use]
    pub fn renamed(mut self, from: &str, to: &'static str) -> Self {
        for (field, _) in self.0.iter_mut().filter(|(field, _)| field == from) {
            *field = to.into();
        }
        self
    }

    /// Whether the form is fit to go on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every refusal, for the summary above the form.
    #[must_use]
    pub fn list(&self) -> &[(Cow<'static, str>, String)] {
        &self.0
    }

    /// The heading of that summary.
    #[must_use]
    pub fn title(&self) -> String {
        match self.0.len() {
            1 => "Check 1 field".to_owned(),
            n => format!("Check {n} fields"),
        }
    }
}
