//! `docs/ASVS.md` says which test holds which requirement, and `docs/SECURITY.md` which tests hold each policy. Here is held
//! that these tests are there, and that the table adds up. Whether a test tests what it is named for, a reader has to judge.
#![cfg(test)]

mod references;

use std::collections::{BTreeMap, BTreeSet};

use references::{fault_of, is_proof, read};

const TABLE: &str = "docs/ASVS.md";
const POLICIES: &str = "docs/SECURITY.md";
/// What may be said of a requirement, and what has to stand behind it.
const STATES: [(&str, Behind); 4] = [
    ("met", Behind::Proof),
    ("met, by reading", Behind::Place),
    ("not met", Behind::Reason),
    ("not applicable", Behind::Reason),
];
const OUT_OF_SCOPE: &str = "out of scope";
const ALL: &str = "all";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// A test, a figure of the proof, or, where it is asked that something be written, the section that says it.
    Proof,
    /// A place in the code.
    Place,
    /// Words.
    Reason,
}

/// What stands between backticks, and all the rest.
fn parted(text: &str) -> (Vec<&str>, String) {
    let parts: Vec<&str> = text.split('`').collect();
    let outside: Vec<&str> = parts.iter().copied().step_by(2).collect();
    (parts.into_iter().skip(1).step_by(2).collect(), outside.concat())
}

fn cells(line: &str) -> Vec<&str> {
    let inside = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    inside.map(|line| line.split('|').map(str::trim).collect()).unwrap_or_default()
}

fn is_id(cell: &str) -> bool {
    cell.split('.').count() == 3 && cell.split('.').all(|part| part.parse::<u8>().is_ok())
}

/// The rows and what is said of how many there are.
#[derive(Default)]
struct Reading {
    faults: Vec<String>,
    ids: BTreeSet<String>,
    /// By state: of level 1, 2 and 3.
    counted: BTreeMap<String, [usize; 3]>,
    said: BTreeMap<String, Vec<usize>>,
    out_of_scope: usize,
}

impl Reading {
    fn of(text: &str) -> Self {
        let mut reading = Self::default();
        let mut heading = "";
        for line in text.lines() {
            if let Some(next) = line.strip_prefix("## ") {
                heading = next;
            }
            let cells = cells(line);
            match cells.as_slice() {
                [id, rest @ ..] if is_id(id) => reading.requirement(heading, id, rest),
                [_, number, _] if heading == "Out of scope" => {
                    reading.out_of_scope += number.parse::<usize>().unwrap_or_default();
                }
                [state, numbers @ ..] if heading.is_empty() => {
                    let numbers: Vec<usize> =
                        numbers.iter().filter_map(|number| number.parse().ok()).collect();
                    reading.said.insert((*state).to_owned(), numbers);
                }
                _ => {}
            }
        }
        reading.add_up();
        reading
    }

    fn requirement(&mut self, heading: &str, id: &str, rest: &[&str]) {
        let mut faults = Vec::new();
        let [level, asked, state, held] = rest else {
            return self.faults.push(format!("{id}: has {} cells", rest.len() + 1));
        };
        let chapter = id.split('.').next().unwrap_or_default();
        if !heading.starts_with(&format!("V{chapter} ")) {
            faults.push(format!("stands under \"{heading}\""));
        }
        if !self.ids.insert(id.to_owned()) {
            faults.push("stands there twice".to_owned());
        }
        if asked.is_empty() {
            faults.push("asks nothing".to_owned());
        }
        match STATES.iter().find(|(known, _)| known == state) {
            Some((_, behind)) => faults.extend(unheld(*behind, held)),
            None => faults.push(format!("the state \"{state}\" is not known")),
        }
        match level.parse::<usize>() {
            Ok(level @ 1..=3) => self.counted.entry((*state).to_owned()).or_default()[level - 1] += 1,
            _ => faults.push(format!("the level \"{level}\" is not known")),
        }
        self.faults.extend(faults.into_iter().map(|fault| format!("{id}: {fault}")));
    }

    /// Holds what is said at the beginning against the rows.
    fn add_up(&mut self) {
        let sum = |levels: [usize; 3]| vec![levels[0], levels[1], levels[2], levels.iter().sum()];
        let mut counted: BTreeMap<&str, Vec<usize>> = STATES
            .iter()
            .map(|(state, _)| (*state, sum(self.counted.get(*state).copied().unwrap_or_default())))
            .collect();
        counted.insert(OUT_OF_SCOPE, vec![self.out_of_scope]);
        counted.insert(ALL, vec![self.ids.len() + self.out_of_scope]);
        for (state, numbers) in counted {
            let said = self.said.get(state).cloned().unwrap_or_default();
            if said != numbers {
                self.faults.push(format!("{state}: {said:?} are said, {numbers:?} are there"));
            }
        }
    }
}

/// What is missing behind a state.
fn unheld(behind: Behind, held: &str) -> Vec<String> {
    let (references, words) = parted(held);
    let mut faults: Vec<String> = references.iter().filter_map(|reference| fault_of(reference)).collect();
    let lacks = match behind {
        Behind::Proof if !references.iter().any(|reference| is_proof(reference)) => "no test",
        Behind::Place if references.is_empty() => "no place",
        Behind::Reason if words.split_whitespace().count() < 3 => "no reason",
        _ => return faults,
    };
    faults.push(format!("{lacks} stands behind it"));
    faults
}

/// What is wrong with the tests that the policies name.
fn check_policies(text: &str) -> Vec<String> {
    let paragraphs: Vec<&str> = text.split("\n\n").filter(|text| text.starts_with("*Tests:*")).collect();
    if paragraphs.is_empty() {
        return vec!["no policy names its tests".to_owned()];
    }
    paragraphs.into_iter().flat_map(|text| parted(text).0).filter_map(fault_of).collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_row_is_held_by_what_it_names() {
    assert_none(&Reading::of(&read(TABLE)).faults);
}

#[test]
fn every_policy_is_held_by_the_tests_that_it_names() {
    assert_none(&check_policies(&read(POLICIES)));
}

#[test]
fn a_name_that_leads_nowhere_is_noticed() {
    for good in [
        "tests/asvs/main.rs::a_name_that_leads_nowhere_is_noticed",
        "tests/http/guard.rs::bytes_that_are_no_text_are_refused",
        "tests/http/guard.rs::a_body_that_does_not_come_runs_into_the_deadline",
        "tests/browser/account.rs::a_password_can_be_looked_at",
        "src/domain/code.rs::reading_is_idempotent",
        "docs/SECURITY.md#who-might-attack-from-where-at-what",
        "tests/browser/",
        "tests/proof/run F3",
    ] {
        assert_eq!(fault_of(good), None);
    }
    for bad in [
        "",
        "tests/nowhere.rs",
        "tests/nowhere.rs::some",
        "tests/http/guard.rs::nothing",
        "tests/http/guard.rs::profile_of",
        "tests/browser/account.rs::a_session_that_was_ended_leads_to_the_door",
        "tests/browser/users.rs::a_password_can_be_looked_at",
        "docs/SECURITY.md#nowhere",
        "tests/proof/run F0x",
    ] {
        assert!(fault_of(bad).is_some(), "{bad} passed");
    }
}

const SMALL: &str = "
| state | level 1 | level 2 | level 3 | all |
| --- | --- | --- | --- | --- |
| met | 1 | 0 | 0 | 1 |
| met, by reading | 0 | 1 | 0 | 1 |
| not met | 0 | 0 | 1 | 1 |
| not applicable | 0 | 0 | 0 | 0 |
| out of scope | 5 |
| all | 8 |

## V1 Words
| 1.1.1 | 1 | one | met | `tests/licences.rs::the_check_can_fail` |
| 1.1.2 | 2 | two | met, by reading | `src/lib.rs` |
| 1.1.3 | 3 | three | not met | Nobody needs it. |

## Out of scope
| V2 | 2 | none |
| V3 | 3 | none |
";

#[test]
fn a_row_that_claims_too_much_is_noticed() {
    assert_none(&Reading::of(SMALL).faults);
    for (from, to) in [
        ("| met | 1 |", "| met | 2 |"),
        ("| out of scope | 5 |", "| out of scope | 6 |"),
        ("| all | 8 |", ""),
        ("## V1 ", "## V2 "),
        ("1.1.2", "1.1.1"),
        ("| one |", "| |"),
        ("| 1.1.3 | 3 |", "| 1.1.3 | 4 |"),
        ("| three | not met |", "| three | almost met |"),
        ("`tests/licences.rs::the_check_can_fail`", "`tests/licences.rs`"),
        ("`tests/licences.rs::the_check_can_fail`", "`tests/licences.rs::policy`"),
        ("`src/lib.rs`", "It is plain to see."),
        ("`src/lib.rs`", "`src/nowhere.rs`"),
        ("Nobody needs it.", "Later."),
        ("| V3 | 3 |", "| V3 | 4 |"),
    ] {
        let altered = SMALL.replacen(from, to, 1);
        assert_ne!(altered, SMALL);
        assert!(!Reading::of(&altered).faults.is_empty(), "{from} became {to}");
    }
    assert!(!check_policies("*Tests:* `src/domain/nowhere.rs`.").is_empty());
    assert!(!check_policies("No word of tests.").is_empty());
}
