//! What the papers say of the API.

use super::contract::documented;

const PAPER: &str = include_str!("../../../docs/API.md");

#[test]
fn every_example_names_an_endpoint_that_there_is() {
    let words: Vec<&str> = PAPER.split([' ', '"', '\n']).collect();
    let paths: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix("$DOORLIST")).collect();
    assert!(paths.len() > 15, "{paths:?}");
    for path in paths {
        let path = path.split('?').next().unwrap();
        assert!(documented(path).is_some(), "{path}");
    }
}

#[test]
fn every_refusal_is_explained() {
    let source = include_str!("../../../src/web/api/problem.rs");
    let (_, named) = source.split_once("pub const fn code(").unwrap();
    let codes: Vec<&str> = named.split("=> (\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(codes.len() > 12, "{codes:?}");
    // What only a mistake of the program answers needs no advice.
    for code in codes.iter().filter(|code| **code != "internal") {
        assert!(PAPER.contains(&format!("`{code}`")), "{code}");
    }
}
