//! `/api/v1/invites`

pub mod asked;
pub mod read;
pub mod write;

use crate::domain::code::CodeReading;
use crate::domain::id::InviteId;
use crate::ops::invites::Name;
use crate::web::problem::Problem;

/// The invite that an address names by its id; a code names one only for reading.
fn id(text: &str) -> Result<InviteId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

fn name(text: &str) -> Result<Name, Problem> {
    id(text).map(Name::Id).or_else(|_| CodeReading::of(text).map(Name::Code).ok_or(Problem::NotFound))
}
