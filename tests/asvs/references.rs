//! What documents refer to: tests, sections, figures, places.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn tokens(path: &str) -> TokenStream {
    read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether an attribute, as `#[tokio::test]`, makes a test of the function below it.
fn makes_a_test(attribute: TokenStream) -> bool {
    let words = attribute.into_iter().take_while(|token| !matches!(token, TokenTree::Group(_)));
    let names = words.filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    });
    names.last().is_some_and(|name| name == "test")
}

fn names_in(stream: TokenStream) -> impl Iterator<Item = String> {
    stream.into_iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    })
}

/// Collects what stands below an attribute of a test, and what is listed in `both!`.
fn collect_tests(stream: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut is_test = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                is_test |= makes_a_test(group.stream());
                if let [TokenTree::Ident(name), TokenTree::Punct(_)] = &tokens[at.saturating_sub(2)..at]
                    && name == "both"
                {
                    found.extend(names_in(group.stream()));
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                collect_tests(group.stream(), found);
                is_test = false;
            }
            TokenTree::Ident(keyword) if keyword == "fn" => {
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 1).filter(|_| is_test) {
                    found.insert(name.to_string());
                }
                is_test = false;
            }
            _ => {}
        }
    }
}

/// The stories of one file that `tests/browser/main.rs` makes tests of: `file::story`.
fn collect_stories(stream: TokenStream, file: &str, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    for window in tokens.windows(4) {
        if let [TokenTree::Ident(module), TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(story)] =
            window
            && module == file
        {
            found.insert(story.to_string());
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            collect_stories(group.stream(), file, found);
        }
    }
}

/// The names of the tests in a file.
fn tests_of(file: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect_tests(tokens(file), &mut found);
    if let Some(module) = file.strip_prefix("tests/browser/").and_then(|name| name.strip_suffix(".rs")) {
        let tokens: Vec<TokenTree> = tokens("tests/browser/main.rs").into_iter().collect();
        for window in tokens.windows(3) {
            if let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(list)] = window
                && name == "stories"
            {
                collect_stories(list.stream(), module, &mut found);
            }
        }
    }
    found
}

/// The headings of a document, as links name them.
fn sections(file: &str) -> BTreeSet<String> {
    let text = read(file);
    let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    let slug = |heading: &str| {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        heading
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(slug).collect()
}

/// The figures that the proof takes, once there is one.
fn figures() -> Option<BTreeSet<String>> {
    if !at("tests/proof").exists() {
        return None;
    }
    let source = read("tests/proof/figures.rs");
    let texts = source.split('"').skip(1).step_by(2);
    Some(texts.flat_map(|text| text.split(", ")).filter(|name| is_figure(name)).map(str::to_owned).collect())
}

fn is_figure(name: &str) -> bool {
    name.strip_prefix('F').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// What is wrong with a reference, if anything: `file::test`, `document#section`, `tests/proof/run F3`, or a place.
pub fn fault_of(reference: &str) -> Option<String> {
    let missing = |what: &str| Some(format!("`{reference}` names no {what}"));
    if let Some(figure) = reference.strip_prefix("tests/proof/run ") {
        let known = is_figure(figure) && figures().is_none_or(|figures| figures.contains(figure));
        return if known { None } else { missing("figure") };
    }
    let file = reference.split([':', '#']).next().unwrap_or_default();
    if !at(file).exists() || file.is_empty() {
        return missing("file");
    }
    match (reference.split_once("::"), reference.split_once('#')) {
        (Some((file, name)), _) if !tests_of(file).contains(name) => missing("test"),
        (None, Some((file, section))) if !sections(file).contains(section) => missing("section"),
        _ => None,
    }
}

/// Whether a reference leads to something that can fail, or to the words that were asked for.
pub fn is_proof(reference: &str) -> bool {
    reference.contains("::")
        || reference.starts_with("tests/proof/run ")
        || (reference.contains(".md#") && !reference.starts_with("src/"))
}
