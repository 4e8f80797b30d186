//! Beside floor 0: the clock, entropy and password hashing. All are handed in, so that a test can replace them.

pub mod clock;
pub mod disk;
pub mod entropy;
pub mod key;
pub mod passwords;
