//! What many measurements come to.

use std::time::Duration;

/// The middle one; of an even number the lower of the two.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The smallest value that this share of all values does not exceed. Nothing measured is not a number.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let wanted = sorted.len() as f64 * share;
    let at = (1..sorted.len()).find(|place| *place as f64 >= wanted).unwrap_or(sorted.len());
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// In milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// All in milliseconds.
pub fn all_millis(times: &[Duration]) -> Vec<f64> {
    times.iter().map(|time| millis(*time)).collect()
}
