//! What commands print: tables for people, JSON for programs, and refusals in words.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::Failure;
use crate::ops::OpError;

/// Prints a text. Whoever reads only its beginning, as `head` does, has what they wanted.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a value for programs, on one line.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&(serde_json::to_string(value)? + "\n"))
}

/// A table with a heading for each column. The last column is as wide as it likes.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(width);
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, wide)| format!("{cell:<wide$}"));
        let padded: Vec<_> = padded.collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    std::iter::once(line(headings)).chain(rows).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Says why something was not done, to somebody who asked for it by that name.
pub(super) fn refused(error: OpError, asked_for: &str) -> Failure {
    match error {
        OpError::Invalid(errors) => {
            let words: Vec<_> = errors.list().iter().map(|(_, text)| text.as_str()).collect();
            words.join(" ").into()
        }
        OpError::NotFound => format!("there is no {asked_for}").into(),
        OpError::NotPermitted => "the command line may not do this".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["mara".to_owned(), "Owner".to_owned()], ["søren-b".to_owned(), String::new()]];
        assert_eq!(table(["USER", "ROLE"], &rows), "USER     ROLE\nmara     Owner\nsøren-b\n");
        assert_eq!(table(["USER", "ROLE"], &[]), "USER  ROLE\n");
    }
}
