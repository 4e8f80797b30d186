//! Password hashing behind a gate: one thread for each core, each with one reusable buffer, and a bounded queue.
//!
//! Hashing on the shared blocking threads was measured at a gigabyte of memory under 64 clients; this stays near the
//! size of its buffers and is faster.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::entropy::Entropy;
use crate::domain::password::PlainPassword;

/// People who may wait for a thread.
pub const QUEUE: usize = 32;
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// A thread that has nothing to do gives its buffer back after this long.
const KEEP_BUFFER: Duration = Duration::from_secs(30);
/// A row of the database never makes us spend more than this, whatever it says.
const MOST_MEMORY_KIB: u32 = 65_536;
const MOST_PASSES: u32 = 8;
const HASH_BYTES: usize = 32;

/// The cost of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The policy, and the least a server starts with.
    pub const POLICY: Self = Self { memory_kib: 19_456, passes: 2 };

    fn params(self) -> Result<Params, HashError> {
        Params::new(self.memory_kib, self.passes, 1, Some(HASH_BYTES)).map_err(|_| HashError::Unusable)
    }

    const fn covers(self, other: Self) -> bool {
        self.memory_kib >= other.memory_kib && self.passes >= other.passes
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many people wait already, or the wait grew too long.
    #[error("too many passwords are being checked")]
    Busy,
    /// The stored hash is not one this program could have made.
    #[error("a stored password hash cannot be used")]
    Unusable,
    /// The operating system would not start a thread.
    #[error("the hashing threads did not start")]
    NoThreads,
}

/// What a password turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Right. `stale` when the hash was made at a lower cost than today's.
    Right {
        /// Whether it should be hashed anew.
        stale: bool,
    },
    /// Wrong, or there is nothing to hold it against.
    Wrong,
}

/// A hash as the database keeps it (a PHC string).
#[derive(Clone, PartialEq, Eq)]
pub struct StoredHash(pub String);

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

enum Task {
    Hash(oneshot::Sender<Result<StoredHash, HashError>>),
    Verify(Option<StoredHash>, oneshot::Sender<Result<Verdict, HashError>>),
}

struct Job {
    password: PlainPassword,
    task: Task,
}

/// The gate. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    jobs: SyncSender<Job>,
    places: Arc<Semaphore>,
    threads: usize,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("threads", &self.threads).field("waiting", &self.waiting()).finish()
    }
}

/// A place in the queue. Whoever holds one will be served.
#[derive(Debug)]
pub struct Slot {
    jobs: SyncSender<Job>,
    _place: OwnedSemaphorePermit,
}

impl Passwords {
    /// Starts that many hashing threads.
    ///
    /// # Errors
    /// [`HashError::Unusable`] when the cost makes no sense, [`HashError::NoThreads`] when no thread starts.
    pub fn start(cost: Cost, threads: usize, entropy: &Arc<dyn Entropy>) -> Result<Self, HashError> {
        cost.params()?;
        let (sender, receiver) = sync_channel::<Job>(QUEUE + threads);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let mut worker = Worker { cost, entropy: Arc::clone(entropy), blocks: Vec::new() };
            let jobs = Arc::clone(&receiver);
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || worker.work(&jobs))
                .map_err(|_| HashError::NoThreads)?;
        }
        Ok(Self { jobs: sender, places: Arc::new(Semaphore::new(QUEUE + threads)), threads })
    }

    /// Takes a place in the queue, before any other work is done for somebody.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the queue is full.
    pub fn slot(&self) -> Result<Slot, HashError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| HashError::Busy)?;
        Ok(Slot { jobs: self.jobs.clone(), _place: place })
    }

    /// Places taken at the moment, for the metrics.
    #[must_use]
    pub fn waiting(&self) -> usize {
        (QUEUE + self.threads).saturating_sub(self.places.available_permits())
    }
}

impl Slot {
    /// Hashes a new password at today's cost.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the wait grew too long.
    pub async fn hash(&self, password: PlainPassword) -> Result<StoredHash, HashError> {
        let (reply, answer) = oneshot::channel();
        self.run(password, Task::Hash(reply), answer).await
    }

    /// Holds a password against a stored hash. Without one it costs the same and is wrong.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the wait grew too long, [`HashError::Unusable`] for a hash of another make.
    pub async fn verify(
        &self,
        password: PlainPassword,
        stored: Option<StoredHash>,
    ) -> Result<Verdict, HashError> {
        let (reply, answer) = oneshot::channel();
        self.run(password, Task::Verify(stored, reply), answer).await
    }

    async fn run<T>(
        &self,
        password: PlainPassword,
        task: Task,
        answer: oneshot::Receiver<Result<T, HashError>>,
    ) -> Result<T, HashError> {
        self.jobs.try_send(Job { password, task }).map_err(|_| HashError::Busy)?;
        // Giving up drops the receiver, and the thread then skips the job.
        match tokio::time::timeout(LONGEST_WAIT, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(HashError::Busy),
        }
    }
}

struct Worker {
    cost: Cost,
    entropy: Arc<dyn Entropy>,
    blocks: Vec<Block>,
}

impl Worker {
    fn work(&mut self, jobs: &Mutex<Receiver<Job>>) {
        loop {
            let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(KEEP_BUFFER);
            match next {
                Ok(job) => self.serve(job),
                Err(RecvTimeoutError::Timeout) => self.blocks = Vec::new(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn serve(&mut self, job: Job) {
        // A closed channel is somebody who has gone; nobody misses the answer.
        match job.task {
            Task::Hash(reply) if !reply.is_closed() => {
                let _ = reply.send(self.hash(&job.password));
            }
            Task::Verify(stored, reply) if !reply.is_closed() => {
                let _ = reply.send(self.verify(&job.password, stored.as_ref()));
            }
            Task::Hash(_) | Task::Verify(..) => {}
        }
    }

    fn hash(&mut self, password: &PlainPassword) -> Result<StoredHash, HashError> {
        let mut salt = [0_u8; 16];
        self.entropy.fill(&mut salt);
        let output = self.derive(password, &salt, self.cost)?;
        let params = ParamsString::try_from(self.cost.params()?).map_err(|_| HashError::Unusable)?;
        let phc = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params,
            salt: Some(Salt::new(&salt).map_err(|_| HashError::Unusable)?),
            hash: Some(Output::new(&output).map_err(|_| HashError::Unusable)?),
        };
        Ok(StoredHash(phc.to_string()))
    }

    fn verify(
        &mut self,
        password: &PlainPassword,
        stored: Option<&StoredHash>,
    ) -> Result<Verdict, HashError> {
        let Some(stored) = stored else {
            self.derive(password, &[0; 16], self.cost)?;
            return Ok(Verdict::Wrong);
        };
        let (salt, expected, cost) = read(stored).ok_or(HashError::Unusable)?;
        let output = self.derive(password, &salt, cost)?;
        if bool::from(output.as_slice().ct_eq(&expected)) {
            Ok(Verdict::Right { stale: !cost.covers(self.cost) })
        } else {
            Ok(Verdict::Wrong)
        }
    }

    fn derive(
        &mut self,
        password: &PlainPassword,
        salt: &[u8],
        cost: Cost,
    ) -> Result<[u8; HASH_BYTES], HashError> {
        let params = cost.params()?;
        let count = params.block_count();
        if self.blocks.len() < count {
            self.blocks.resize(count, Block::default());
        }
        let mut output = [0; HASH_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.reveal(), salt, &mut output, &mut self.blocks)
            .map_err(|_| HashError::Unusable)?;
        Ok(output)
    }
}

/// Salt, output and cost of a stored hash, if it is argon2id within the bounds.
fn read(stored: &StoredHash) -> Option<(Vec<u8>, Vec<u8>, Cost)> {
    let phc: PasswordHash = stored.0.parse().ok()?;
    let params = Params::try_from(&phc).ok()?;
    let cost = Cost { memory_kib: params.m_cost(), passes: params.t_cost() };
    let bounded = phc.algorithm == ARGON2ID_IDENT
        && params.p_cost() == 1
        && cost.memory_kib <= MOST_MEMORY_KIB
        && cost.passes <= MOST_PASSES;
    let (salt, output) = (phc.salt?, phc.hash?);
    bounded.then(|| (salt.as_ref().to_vec(), output.as_bytes().to_vec(), cost))
}

#[cfg(test)]
mod tests;
