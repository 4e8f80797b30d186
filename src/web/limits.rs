//! Token buckets: for each address, and for each token of a program.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::problem::Problem;
use crate::config::{Config, Limit};
use crate::domain::id::TokenId;
use crate::sys::clock::Clock;

/// Buckets that are full again are forgotten when there are more than this, or, where more are in use, when there are twice
/// as many as were in use the last time: so that looking for them costs each request little, however many ask.
const FEW_BUCKETS: usize = 1_000;
/// Addresses that are not shut out any more are forgotten when there are more than this.
const MOST_SHUT: usize = 10_000;

/// Our clock, as the limiter wants it.
#[derive(Debug, Clone)]
struct Monotonic(Arc<dyn Clock>);

impl GovernorClock for Monotonic {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Monotonic, StateInformationMiddleware>;

/// A limit for each of some keys.
pub struct Buckets<K: Hash + Eq + Clone> {
    limiter: Limiter<K>,
    clock: Monotonic,
    limit: Limit,
    /// How many buckets there may be before it is looked for those that are full.
    most: AtomicUsize,
}

/// A limit for each address.
pub type PerAddress = Buckets<IpAddr>;
/// A limit for each token of a program.
pub type PerToken = Buckets<TokenId>;

impl<K: Hash + Eq + Clone> fmt::Debug for Buckets<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets").field("in_use", &self.limiter.len()).finish()
    }
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(limit: Limit, clock: &Arc<dyn Clock>) -> Self {
        let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
        // The configuration refuses an interval of zero; one that slipped through is the strictest, not the loosest.
        let every = limit.every.max(Duration::from_micros(1));
        let quota = Quota::with_period(every).unwrap_or(Quota::per_hour(NonZeroU32::MIN)).allow_burst(burst);
        let clock = Monotonic(Arc::clone(clock));
        let limiter = RateLimiter::hashmap_with_clock(quota, clock.clone()).with_middleware();
        let limit = Limit { burst: burst.get(), every };
        Self { limiter, clock, limit, most: AtomicUsize::new(FEW_BUCKETS) }
    }

    /// Says how many tries are left, or how long until the next.
    fn take(&self, key: &K) -> Result<u32, Duration> {
        if self.limiter.len() > self.most.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
            self.most.store(FEW_BUCKETS.max(self.limiter.len() * 2), Ordering::Relaxed);
        }
        match self.limiter.check_key(key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(refusal) => Err(refusal.wait_time_from(self.clock.now())),
        }
    }
}

impl PerAddress {
    /// Takes one try out of the bucket of an address.
    ///
    /// # Errors
    /// [`Problem::TooMany`] when it is empty.
    pub fn charge(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.take(&key(address)).map(|_| ()).map_err(too_many)
    }
}

/// What a program is told of its limit.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// How many requests it has at once.
    pub most: u32,
    /// How many of them are left.
    pub left: u32,
    /// How long until all are there again, or, when none is left, until the next.
    pub reset: Duration,
    /// How long it takes until none has become all.
    pub window: Duration,
}

impl PerToken {
    /// Takes one try out of the bucket of a token, says what is left in it, and refuses when it was empty.
    pub fn charge(&self, token: TokenId) -> (Allowance, Result<(), Problem>) {
        let Limit { burst: most, every } = self.limit;
        let window = every.saturating_mul(most);
        match self.take(&token) {
            Ok(left) => {
                let reset = every.saturating_mul(most.saturating_sub(left));
                (Allowance { most, left, reset, window }, Ok(()))
            }
            Err(wait) => (Allowance { most, left: 0, reset: wait, window }, Err(too_many(wait))),
        }
    }
}

/// One IPv4 address, or the IPv6 network that one customer gets.
fn bucket(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// A limit that only counts what went wrong, and yet shuts everybody of an address out while it is reached: else a
/// right guess would get through all the same.
#[derive(Debug)]
pub struct Failures {
    failures: PerAddress,
    shut: Mutex<HashMap<IpAddr, Duration>>,
}

impl Failures {
    fn new(limit: Limit, clock: &Arc<dyn Clock>) -> Self {
        Self { failures: PerAddress::new(limit, clock), shut: Mutex::default() }
    }

    /// Whether an address may try at all.
    ///
    /// # Errors
    /// [`Problem::TooMany`] while it may not.
    pub fn open(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        let now = self.failures.clock.now();
        let mut shut = self.shut.lock().unwrap_or_else(PoisonError::into_inner);
        if shut.len() > MOST_SHUT {
            shut.retain(|_, until| *until > now);
        }
        match shut.get(&key(address)) {
            Some(until) if *until > now => Err(too_many(*until - now)),
            _ => Ok(()),
        }
    }

    /// Counts a failure. The one that empties the bucket shuts it until there is a try in it again.
    pub fn count(&self, address: Option<IpAddr>) {
        let wait = match self.failures.take(&key(address)) {
            Ok(0) => self.failures.limit.every,
            Ok(_) => return,
            Err(wait) => wait,
        };
        let until = self.failures.clock.now() + wait;
        self.shut.lock().unwrap_or_else(PoisonError::into_inner).insert(key(address), until);
    }
}

fn key(address: Option<IpAddr>) -> IpAddr {
    // Those whose address is unknown share one bucket.
    address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), bucket)
}

fn too_many(wait: Duration) -> Problem {
    Problem::TooMany(chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::MAX))
}

/// All limits of the panel.
#[derive(Debug)]
pub struct Limits {
    /// Requests of programs.
    pub api: PerToken,
    /// Those among them that create invites.
    pub api_creations: PerToken,
    /// Tries to sign in.
    pub sign_in: PerAddress,
    /// Codes that could not be used.
    pub wrong_codes: Failures,
    /// Forms of people who register.
    pub registrations: PerAddress,
}

impl Limits {
    /// As the configuration says.
    #[must_use]
    pub fn new(config: &Config, clock: &Arc<dyn Clock>) -> Self {
        Self {
            api: PerToken::new(config.limit_api, clock),
            api_creations: PerToken::new(config.limit_api_creations, clock),
            sign_in: PerAddress::new(config.limit_sign_in, clock),
            wrong_codes: Failures::new(config.limit_wrong_codes, clock),
            registrations: PerAddress::new(config.limit_registrations, clock),
        }
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
    fn only_failures_are_counted_and_a_full_count_shuts_everything_out() {
        let hand = Arc::new(Hand::default());
        let clock: Arc<dyn Clock> = hand.clone();
        let limit = Failures::new(Limit { burst: 3, every: Duration::from_secs(60) }, &clock);
        let one = Some("192.0.2.1".parse().unwrap());
        for _ in 0..100 {
            assert!(limit.open(one).is_ok(), "what goes well is not counted");
        }
        for _ in 0..3 {
            assert!(limit.open(one).is_ok());
            limit.count(one);
        }
        assert_eq!(limit.open(one).unwrap_err().retry_after(), Some(60));
        assert!(limit.open(None).is_ok(), "another address");
        *hand.0.lock().unwrap() += Duration::from_secs(60);
        assert!(limit.open(one).is_ok(), "one more try");
        limit.count(one);
        assert!(limit.open(one).is_err());
    }

    #[test]
    fn only_buckets_that_are_full_again_are_forgotten() {
        let hand = Arc::new(Hand::default());
        let clock: Arc<dyn Clock> = hand.clone();
        let limit = PerAddress::new(Limit { burst: 1, every: Duration::from_secs(30) }, &clock);
        let address = |number: u32| Some(IpAddr::V4(Ipv4Addr::from_bits(number)));
        assert!((0..5_000).all(|number| limit.charge(address(number)).is_ok()));
        assert!((0..5_000).all(|number| limit.charge(address(number)).is_err()), "all are still counted");
        assert!((5_000..20_000).all(|number| {
            *hand.0.lock().unwrap() += Duration::from_millis(100);
            limit.charge(address(number)).is_ok()
        }));
        assert!(limit.limiter.len() <= 2 * FEW_BUCKETS, "{} are left of 300 in use", limit.limiter.len());
    }

    #[test]
    fn an_ipv6_network_is_one_bucket_and_a_mapped_address_is_an_ipv4_one() {
        let of = |text: &str| bucket(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
