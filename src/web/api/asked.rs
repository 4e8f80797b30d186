//! How what several endpoints ask for is read.

use serde::{Deserialize, Deserializer};

use crate::domain::field::Rejected;

/// So many rows at the most, and so many where it is not said.
const MOST: usize = 100;
const USUAL: usize = 50;

/// Reads how many rows are wanted.
pub fn limit(text: Option<&str>) -> Result<usize, Rejected> {
    let Some(text) = text else { return Ok(USUAL) };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| is_plain && (1..=MOST).contains(limit));
    limit.ok_or(Rejected::because("Send a number from 1 to 100."))
}

/// Reads one of some names, if any was sent.
pub fn one_of<T>(
    text: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
    rule: &'static str,
) -> Result<Option<T>, Rejected> {
    text.map(|text| read(text).ok_or(Rejected::because(rule))).transpose()
}

/// The rule for an id or a cursor.
pub const FROM_AN_ANSWER: &str = "Send what an answer held.";

/// Reads what is looked for; blanks look for nothing.
pub fn search(text: Option<&str>) -> Result<Option<String>, Rejected> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > 200 => Err(Rejected::because("Send 200 characters or fewer.")),
        text => Ok(text.map(str::to_owned)),
    }
}

/// Tells a field that was left out from one that is null.
pub fn given<'de, T, D>(reader: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(reader).map(Some)
}
