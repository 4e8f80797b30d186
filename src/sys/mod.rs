//! Beside floor 0: the clock, entropy, password hashing, and what else of the machine is touched. The first three are handed
//! in, so that a test can replace them.

pub mod clock;
pub mod disk;
pub mod entropy;
pub mod key;
pub mod listener;
pub mod passwords;
