//! How the cleanup stands, in words.

use crate::app::App;
use crate::domain::access::Role;
use crate::domain::time::Timestamp;
use crate::ops::maintenance::{Job, Summary};
use crate::web::moment::Moment;

/// How the cleanup stands.
#[derive(Debug)]
pub(super) struct CleanupPanel {
    pub(super) last: Option<Moment>,
    pub(super) did: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) next: Option<Moment>,
    pub(super) is_off: bool,
    pub(super) stopped: Option<(Moment, String)>,
    pub(super) may_resume: bool,
}

impl CleanupPanel {
    pub(super) fn new(app: &App, job: Job, role: Role, now: Timestamp) -> Self {
        let moment = |at| Moment::new(at, now);
        let interval = app.config.cleanup_interval.and_then(|every| chrono::Duration::from_std(every).ok());
        let next = job.finished_at.zip(interval).map(|(last, every)| (last + every).max(now));
        Self {
            last: job.finished_at.map(moment),
            did: job.summary.as_deref().and_then(|text| serde_json::from_str(text).ok()).map(did),
            failure: job.failure,
            next: next.filter(|_| job.stopped.is_none()).map(moment),
            is_off: interval.is_none(),
            stopped: job.stopped.map(|(at, because)| (moment(at), because)),
            may_resume: role == Role::Owner,
        }
    }
}

fn did(summary: Summary) -> String {
    let Summary { removed, purged, codes, dropped } = summary;
    let counted = [
        (removed, "person removed", "people removed"),
        (purged, "person erased", "people erased"),
        (codes, "ended code deleted", "ended codes deleted"),
        (dropped, "old row dropped", "old rows dropped"),
    ];
    let told: Vec<String> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if told.is_empty() { "There was nothing to do.".to_owned() } else { format!("{}.", told.join(", ")) }
}
