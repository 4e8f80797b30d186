//! What became of requests that were made up.

use std::collections::BTreeSet;
use std::io;

use crate::client::Answer;
use crate::grammar::Made;

/// How requests were answered.
#[derive(Default)]
pub struct Tally {
    /// All of them.
    pub asked: usize,
    /// Those answered with a page, or with a form's own refusal.
    pub through: usize,
    /// Those told to come again.
    pub busy: usize,
    /// Those that had no end and got no answer.
    pub cut: usize,
    /// Routes that did what was asked of them.
    pub reached: BTreeSet<usize>,
    /// How many people it took.
    pub people: usize,
    /// Everything else.
    pub faults: Vec<String>,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, route: usize, made: &Made, answer: &io::Result<Answer>) {
        self.asked += 1;
        let fault = match answer {
            Ok(answer) if answer.status == 503 && answer.header("retry-after").is_some() => {
                self.busy += 1;
                return;
            }
            Ok(answer) if answer.status >= 500 => format!("an answer of {}", answer.status),
            Ok(answer) => {
                let is_done = answer.status < 400 && !is_sign_in(answer);
                self.through += usize::from(is_done || answer.status == 422);
                if is_done {
                    self.reached.insert(route);
                }
                return;
            }
            // Whoever does not send all of it may be left alone.
            Err(_) if !made.whole => {
                self.cut += 1;
                return;
            }
            Err(error) => error.to_string(),
        };
        let begin = made.bytes.get(..made.bytes.len().min(1_500)).unwrap_or_default();
        self.faults.push(format!("{fault} to {}", begin.escape_ascii()));
    }
}

/// Whether somebody is sent to sign in.
pub fn is_sign_in(answer: &Answer) -> bool {
    answer.header("location").is_some_and(|to| to.starts_with("/sign-in"))
}
