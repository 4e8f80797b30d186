//! What `tests/run` tells the tests: which programs to start, and where a PostgreSQL is.

use std::path::PathBuf;

/// A setting that only `tests/run` knows.
pub fn given(name: &str) -> String {
    asked(name).unwrap_or_else(|| panic!("{name} is not set: start the tests with tests/run"))
}

/// The folder for pictures of the pages, where somebody asked for them.
pub fn picture_folder() -> Option<PathBuf> {
    asked("DOORLIST_TEST_SCREENSHOTS").map(PathBuf::from)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place in the browser tests that reads the environment"
)]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
