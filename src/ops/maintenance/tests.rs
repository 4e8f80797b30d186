use chrono::{TimeZone, Utc};

use super::*;

fn at(wall: Timestamp, seconds: u64) -> Reading {
    Reading { wall, steady: std::time::Duration::from_secs(seconds) }
}

#[test]
fn a_clock_is_believed_while_it_keeps_step() {
    let noon = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap();
    let half_hour = Duration::minutes(30);
    assert_eq!(disbelief(at(noon + half_hour, 1_800), Some(at(noon, 0)), None), None);
    assert_eq!(disbelief(at(noon, 0), None, None), None, "the very first run");
    assert_eq!(disbelief(at(noon, 0), None, Some(noon - Duration::days(6))), None, "a week away");
    let said = |now, before, finished| disbelief(now, before, finished).unwrap();
    assert_eq!(
        said(at(noon + Duration::days(3_650), 1_800), Some(at(noon, 0)), None),
        "The clock jumped ahead by 3649 days."
    );
    assert_eq!(said(at(noon, 1_800), Some(at(noon, 0)), None), "The clock jumped back by 30 minutes.");
    assert_eq!(
        said(at(noon, 0), None, Some(noon - Duration::days(8))),
        "The clock is 8 days ahead of the last run, before the server was started."
    );
    assert_eq!(
        said(at(noon, 0), None, Some(noon + Duration::hours(3))),
        "The clock is 3 hours back of the last run, before the server was started."
    );
}
