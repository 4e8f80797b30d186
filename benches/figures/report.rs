//! Figures, what they should be, and how they are written down.

use std::fmt;

use serde::Serialize;

use crate::machine::Machine;
use crate::samples::median;

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Less than this.
    Below(f64),
    /// This or more.
    AtLeast(f64),
}

impl Target {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::Below(limit) => value < limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Below(limit) => write!(f, "< {limit}"),
            Self::AtLeast(limit) => write!(f, "≥ {limit}"),
        }
    }
}

/// One measured thing.
#[derive(Debug, Serialize)]
pub struct Figure {
    id: String,
    name: String,
    unit: &'static str,
    target: Option<Target>,
    /// The median of the rounds.
    value: f64,
    rounds: Vec<f64>,
}

impl Figure {
    /// The median of some rounds.
    pub fn new(id: &str, name: &str, unit: &'static str, rounds: &[f64]) -> Self {
        let (id, name) = (id.to_owned(), name.to_owned());
        Self { id, name, unit, target: None, value: median(rounds), rounds: rounds.to_vec() }
    }

    /// With what it should be.
    pub fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// The value, and in bold when it should be another.
    fn cell(&self) -> String {
        let shown = shown(self.value, self.unit);
        match self.target {
            Some(target) if !target.is_met_by(self.value) => format!("**{shown}: missed**"),
            _ => shown,
        }
    }
}

/// A value to three digits; nothing measured is a dash.
pub fn shown(value: f64, unit: &str) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0} {unit}"),
        10.0.. => format!("{value:.1} {unit}"),
        0.0.. => format!("{value:.2} {unit}"),
        _ => "–".to_owned(),
    }
}

/// The figures of one kind of database.
#[derive(Debug, Serialize)]
pub struct Column {
    /// Which.
    pub database: &'static str,
    /// In the order of the table.
    pub figures: Vec<Figure>,
}

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// The compiler that built the program.
    pub rust: String,
    /// Which state of the project.
    pub commit: String,
    /// Rounds of everything that is done in rounds.
    pub rounds: u32,
    /// One for each kind of database.
    pub columns: Vec<Column>,
}

impl fmt::Display for Report {
    /// As Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, rust, commit, rounds, columns } = self;
        writeln!(f, "{}\n{rust}, {commit}, medians of {rounds} rounds\n", machine.line())?;
        let names: Vec<_> = columns.iter().map(|column| column.database).collect();
        writeln!(f, "| Figure | Target | {} |", names.join(" | "))?;
        writeln!(f, "| --- | --- |{}", " ---: |".repeat(columns.len()))?;
        let rows = columns.first().map_or(&[][..], |column| &column.figures);
        for row in rows {
            let target = row.target.map(|target| format!("{target} {}", row.unit)).unwrap_or_default();
            write!(f, "| {} | {target} |", row.name)?;
            for column in columns {
                let figure = column.figures.iter().find(|figure| figure.id == row.id);
                write!(f, " {} |", figure.map(Figure::cell).unwrap_or_default())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
