//! Spacing of failed sign-ins for one account.

use chrono::Duration;

/// Failures before the spacing begins.
const FREE: u32 = 4;
/// The spacing never grows past this.
const LONGEST_SECONDS: i64 = 300;

/// After this long without a try an account starts afresh.
pub const FORGOTTEN_AFTER: Duration = Duration::hours(1);

/// How long to wait after that many failures in a row: from the fifth 1, 2, 4 … 300 seconds.
#[must_use]
pub fn spacing(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE + 1) else { return Duration::zero() };
    let seconds = 1_i64.checked_shl(doublings).filter(|s| (1..LONGEST_SECONDS).contains(s));
    Duration::seconds(seconds.unwrap_or(LONGEST_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spacing_doubles_from_the_fifth_failure_up_to_five_minutes() {
        let seconds: Vec<_> = (0..=15).map(|n| spacing(n).num_seconds()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        for many in [68, 69, 100, u32::MAX] {
            assert_eq!(spacing(many).num_seconds(), 300, "{many}");
        }
    }
}
