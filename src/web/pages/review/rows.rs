//! People in the queue as templates show them.

use crate::domain::access::Actor;
use crate::domain::field::Errors;
use crate::domain::review::Review;
use crate::domain::time::Timestamp;
use crate::ops::review::{Newcomer, may_look};
use crate::web::pages::users::UserRow;

/// Somebody in the queue, as its viewer may see them.
#[derive(Debug)]
pub struct ReviewRow {
    pub user: UserRow<'static>,
    pub state: Review,
    /// What should make one look twice.
    pub signals: Vec<String>,
    pub note: String,
    /// Whether the viewer may judge them.
    pub may_look: bool,
    /// What is wrong with the note that was sent; the form then stands open.
    pub errors: Errors,
    /// The tab on which the row stands.
    pub tab: Review,
}

impl ReviewRow {
    /// Somebody on a tab, as the viewer sees them now.
    #[must_use]
    pub fn new(newcomer: Newcomer, tab: Review, viewer: Actor, grace_days: u32, now: Timestamp) -> Self {
        let person = &newcomer.seen.person;
        let neighbour = newcomer.neighbour.as_ref().map(|other| format!("Same address as @{other}"));
        let quiet = person.days_without_return(now).map(|days| format!("No sign-in for {days} days"));
        let review = person.review.as_ref();
        Self {
            state: review.map_or(Review::Waiting, |review| review.state),
            note: review.and_then(|review| review.note.clone()).unwrap_or_default(),
            signals: neighbour.into_iter().chain(quiet).collect(),
            may_look: may_look(viewer, person.account.id),
            user: UserRow::new(newcomer.seen, viewer, grace_days, now),
            errors: Errors::default(),
            tab,
        }
    }
}
