//! Token buckets for each address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::problem::Problem;
use crate::config::{Config, Limit};
use crate::sys::clock::Clock;

/// Buckets that are full again are forgotten when there are this many.
const MOST_BUCKETS: usize = 10_000;

/// Our clock, as the limiter wants it.
#[derive(Debug, Clone)]
struct Monotonic(Arc<dyn Clock>);

impl GovernorClock for Monotonic {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

/// A limit for each address.
pub struct PerAddress {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, Monotonic, NoOpMiddleware<Duration>>,
    clock: Monotonic,
}

impl fmt::Debug for PerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerAddress").field("buckets", &self.limiter.len()).finish()
    }
}

impl PerAddress {
    fn new(limit: Limit, clock: &Arc<dyn Clock>) -> Self {
        let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
        // The configuration refuses an interval of zero; one that slipped through is the strictest, not the loosest.
        let every = limit.every.max(Duration::from_millis(1));
        let quota = Quota::with_period(every).unwrap_or(Quota::per_hour(NonZeroU32::MIN)).allow_burst(burst);
        let clock = Monotonic(Arc::clone(clock));
        Self { limiter: RateLimiter::hashmap_with_clock(quota, clock.clone()), clock }
    }

    /// Takes one try out of the bucket of an address.
    ///
    /// # Errors
    /// [`Problem::TooMany`] when it is empty.
    pub fn charge(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        if self.limiter.len() > MOST_BUCKETS {
            self.limiter.retain_recent();
        }
        // Those whose address is unknown share one bucket.
        let key = address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), bucket);
        self.limiter.check_key(&key).map_err(|refusal| {
            let wait = refusal.wait_time_from(self.clock.now());
            Problem::TooMany(chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::MAX))
        })
    }
}

/// One IPv4 address, or the IPv6 network that one customer gets.
fn bucket(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// All limits of the panel.
#[derive(Debug)]
pub struct Limits {
    /// Tries to sign in.
    pub sign_in: PerAddress,
}

impl Limits {
    /// As the configuration says.
    #[must_use]
    pub fn new(config: &Config, clock: &Arc<dyn Clock>) -> Self {
        Self { sign_in: PerAddress::new(config.limit_sign_in, clock) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Debug, Default)]
    struct Hand(Mutex<Duration>);

    impl Clock for Hand {
        fn now(&self) -> crate::domain::time::Timestamp {
            chrono::DateTime::UNIX_EPOCH
        }
        fn monotonic(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn so_many_at_once_then_one_in_each_interval() {
        let hand = Arc::new(Hand::default());
        let clock: Arc<dyn Clock> = hand.clone();
        let limit = PerAddress::new(Limit { burst: 3, every: Duration::from_secs(30) }, &clock);
        let one = Some("192.0.2.1".parse().unwrap());
        for _ in 0..3 {
            assert!(limit.charge(one).is_ok());
        }
        let refusal = limit.charge(one).unwrap_err();
        assert_eq!(refusal.retry_after(), Some(30));
        assert!(limit.charge(Some("192.0.2.2".parse().unwrap())).is_ok(), "another address");
        assert!(limit.charge(None).is_ok(), "an unknown address");
        *hand.0.lock().unwrap() += Duration::from_secs(30);
        assert!(limit.charge(one).is_ok());
        assert!(limit.charge(one).is_err());
    }

    #[test]
    fn an_ipv6_network_is_one_bucket_and_a_mapped_address_is_an_ipv4_one() {
        let of = |text: &str| bucket(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
