//! Times at an even distance.

use doorlist::domain::time::Timestamp;

/// When the first of so many rows was written, and how long after it each next one.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub begin: i64,
    pub step: i64,
    pub count: i64,
}

impl Span {
    /// Five hundred moments, all over the span.
    pub fn some(self) -> impl Iterator<Item = Timestamp> {
        let at = move |part| self.begin + part * (self.count * self.step) / 501;
        (1..=500).map(at).filter_map(Timestamp::from_timestamp_millis)
    }

    /// Some moments before it.
    pub fn before(self) -> impl Iterator<Item = Timestamp> {
        (1..=6).filter_map(move |millis| Timestamp::from_timestamp_millis(self.begin - millis))
    }
}
