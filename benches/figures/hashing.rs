//! The bare rate of the password hash: nothing but argon2id, on as many threads as there are cores, each with one
//! buffer. What signing in is held against.

use std::thread;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use doorlist::sys::passwords::Cost;

use crate::clock::now;
use crate::program::processor_time;
use crate::{Outcome, cores};

/// One round.
#[derive(Debug, Clone, Copy)]
pub struct Bare {
    /// Hashes a second, all threads together.
    pub rate: f64,
    /// Milliseconds of processor time for each. On a machine that is busy with other things it says more than the rate.
    pub processor_millis: f64,
}

/// Hashes on all cores for that long.
pub fn bare(lasting: Duration) -> Outcome<Bare> {
    let busy = processor_time("self")?;
    let threads: Vec<_> = (0..cores()).map(|_| thread::spawn(move || hash_for(lasting))).collect();
    let (mut hashes, mut rate) = (0, 0.0);
    for thread in threads {
        let (done, seconds) = thread.join().map_err(|_| "a hashing thread panicked")??;
        hashes += done;
        rate += f64::from(done) / seconds;
    }
    let processor_millis = (processor_time("self")? - busy) * 1e3 / f64::from(hashes);
    Ok(Bare { rate, processor_millis })
}

fn hash_for(lasting: Duration) -> Outcome<(u32, f64)> {
    let Cost { memory_kib, passes } = Cost::POLICY;
    let params = Params::new(memory_kib, passes, 1, Some(32))?;
    let mut blocks = vec![Block::default(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; 32];
    let mut hash = || {
        argon.hash_password_into_with_memory(b"quarry-lantern-42-moss", &[7; 16], &mut output, &mut blocks)
    };
    // The first one also pays for the memory.
    hash()?;
    let started = now();
    let mut done = 0_u32;
    while started.elapsed() < lasting {
        hash()?;
        done += 1;
    }
    Ok((done, started.elapsed().as_secs_f64()))
}
