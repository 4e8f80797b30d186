//! What was found, and how it is written down.

use std::fmt;

/// What came of one figure on one kind of database.
#[derive(Debug, Default)]
pub struct Finding {
    /// What was measured, in a few words.
    pub measured: String,
    /// Everything that is not as it has to be. None: the target is met.
    pub faults: Vec<String>,
}

impl Finding {
    /// Notes a fault where something does not hold.
    pub fn must(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }
}

/// One cell of the table.
#[derive(Debug)]
pub enum Cell {
    /// It was taken.
    Taken(Finding),
    /// It could not be taken.
    Failed,
    /// It says nothing about this kind of database, or was not asked for.
    Empty,
}

impl Cell {
    /// Whether something was measured and is not as it has to be.
    pub fn is_missed(&self) -> bool {
        matches!(self, Self::Taken(finding) if !finding.faults.is_empty())
    }

    /// Whether it should be there and is not.
    pub const fn is_failed(&self) -> bool {
        matches!(self, Self::Failed)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(finding) => f.write_str(&finding.measured),
            Self::Failed => f.write_str("could not be taken"),
            Self::Empty => f.write_str("–"),
        }
    }
}

/// One figure.
#[derive(Debug)]
pub struct Row {
    /// Its name, as `F1`.
    pub id: &'static str,
    /// What it is about.
    pub what: &'static str,
    /// What it has to be.
    pub target: &'static str,
    /// On SQLite and on PostgreSQL.
    pub cells: [Cell; 2],
}

impl Row {
    /// In a word.
    fn verdict(&self) -> &'static str {
        if self.cells.iter().any(Cell::is_missed) {
            "**missed**"
        } else if self.cells.iter().any(Cell::is_failed) {
            "not taken"
        } else {
            "ok"
        }
    }
}

/// All of them.
#[derive(Debug)]
pub struct Table(pub Vec<Row>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | Figure | Target | SQLite | PostgreSQL | |\n| --- | --- | --- | --- | --- | --- |")?;
        for row in &self.0 {
            let Row { id, what, target, cells: [sqlite, postgres] } = row;
            writeln!(f, "| {id} | {what} | {target} | {sqlite} | {postgres} | {} |", row.verdict())?;
        }
        Ok(())
    }
}
