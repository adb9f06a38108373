//! The threads that hash passwords with scrypt, off every other task: [`MEET_LANES`] of them, each in 32 MiB for about
//! a tenth of a second. Who may have a password hashed, and in which order, is decided by the engine.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use scorelay_engine::meets::{Against, HashJob, Hashed, JobNo};
use scorelay_protocol::limits::MEET_LANES;
use scorelay_protocol::meet::receipt::PasswordHash;
use scorelay_protocol::meet::secret::Password;
use scorelay_relay::shell::tasks::Tasks;
use tokio::sync::mpsc as async_mpsc;

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Binary logarithm of N.
    pub(crate) log_n: u8,
    /// Block size.
    pub(crate) r: u32,
    /// Parallelization.
    pub(crate) p: u32,
}

impl Cost {
    /// What new passwords are hashed with: 32 MiB.
    pub(crate) const NEW: Self = Self { log_n: 15, r: 8, p: 3 };
}

/// The way to the threads. Dropping it ends them, each after the password it has.
#[derive(Debug)]
pub(crate) struct Lanes {
    jobs: mpsc::Sender<HashJob>,
}

impl Lanes {
    /// Starts the threads; what came of each job comes out of the receiver.
    ///
    /// # Errors
    /// The system has no threads to give.
    pub(crate) fn start(
        cost: Cost,
        tasks: &Tasks,
    ) -> std::io::Result<(Self, async_mpsc::UnboundedReceiver<(JobNo, Hashed)>)> {
        let (jobs, from) = mpsc::channel::<HashJob>();
        let (to, done) = async_mpsc::unbounded_channel();
        let from = Arc::new(Mutex::new(from));
        for lane in 1..=MEET_LANES {
            let (from, to) = (Arc::clone(&from), to.clone());
            tasks.thread(format!("password lane {lane}"), move || {
                // One of them waits for the next job, the others for the lock.
                while let Ok(job) = { from.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
                    let hashed = hash(cost, &job.password, job.against);
                    // Where nobody listens any more, the core is gone.
                    let _ = to.send((job.job, hashed));
                }
            })?;
        }
        Ok((Self { jobs }, done))
    }

    /// Has a password hashed.
    pub(crate) fn hash(&self, job: HashJob) {
        // The threads live as long as this does.
        let _ = self.jobs.send(job);
    }
}

fn hash(cost: Cost, password: &Password, against: Against) -> Hashed {
    let made = |Cost { log_n, r, p }: Cost, salt: [u8; 16]| {
        let hash = derive(Cost { log_n, r, p }, password, &salt).unwrap_or_default();
        PasswordHash { log_n, r, p, salt, hash }
    };
    match against {
        Against::New { salt } => Hashed::Made(made(cost, salt)),
        Against::Known(PasswordHash { log_n, r, p, salt, hash }) => {
            let derived = derive(Cost { log_n, r, p }, password, &salt);
            Hashed::Matches(derived.is_some_and(|derived| equal(&derived, &hash)))
        }
        Against::Nothing => {
            let spent = made(cost, [0; 16]);
            Hashed::Matches(equal(&spent.hash, &[0; 32]) && equal(&spent.salt, &[1; 16]))
        }
    }
}

/// `None` for a cost that scrypt does not know.
fn derive(Cost { log_n, r, p }: Cost, password: &Password, salt: &[u8; 16]) -> Option<[u8; 32]> {
    let params = scrypt::Params::new(log_n, r, p).ok()?;
    let mut hash = [0; 32];
    scrypt::scrypt(password.as_bytes(), salt, &params, &mut hash).ok()?;
    Some(hash)
}

/// Takes the same time wherever they differ.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let differ = one.iter().zip(other).fold(0, |differ, (one, other)| differ | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differ) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_util::sync::CancellationToken;

    const CHEAP: Cost = Cost { log_n: 4, r: 8, p: 1 };

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    /// L3: what OpenSSL and everybody else makes of this password, salt and cost, by RFC 7914's test vector.
    #[test]
    fn scrypt_is_scrypt() {
        let params = scrypt::Params::new(10, 8, 16).unwrap();
        let mut hash = [0; 8];
        scrypt::scrypt(b"password", b"NaCl", &params, &mut hash).unwrap();
        assert_eq!(hash, [0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00]);
    }

    /// L3: salted, compared by the parameters it was made with, whatever new ones are.
    #[tokio::test]
    async fn passwords_are_hashed_and_compared() {
        let tasks = Tasks::new(CancellationToken::new());
        let (lanes, mut done) = Lanes::start(CHEAP, &tasks).unwrap();
        let mut next = 0;
        let mut ask = async |text: &str, against| {
            next += 1;
            lanes.hash(HashJob { job: JobNo(next), password: password(text), against });
            let (job, hashed) = done.recv().await.unwrap();
            assert_eq!(job, JobNo(next));
            hashed
        };
        let Hashed::Made(first) = ask("correct horse", Against::New { salt: [1; 16] }).await else { panic!() };
        let Hashed::Made(second) = ask("correct horse", Against::New { salt: [2; 16] }).await else { panic!() };
        assert_ne!(first.hash, second.hash);
        assert_eq!((first.log_n, first.r, first.p, first.salt), (4, 8, 1, [1; 16]));
        let matches = |hashed: Hashed| matches!(hashed, Hashed::Matches(true));
        assert!(matches(ask("correct horse", Against::Known(first)).await));
        assert!(!matches(ask("correct house", Against::Known(first)).await));
        assert!(!matches(ask("correct horse", Against::Nothing).await));
        let dearer = PasswordHash { log_n: 5, ..first };
        assert!(!matches(ask("correct horse", Against::Known(dearer)).await));
        let unknown = PasswordHash { log_n: 64, ..first };
        assert!(!matches(ask("correct horse", Against::Known(unknown)).await));
        drop(lanes);
        assert!(done.recv().await.is_none(), "the threads have ended");
    }

    /// L3: never more than the lanes at once, so that a crowd costs no more memory than they.
    #[test]
    fn what_new_passwords_cost() {
        let Cost { log_n, r, .. } = Cost::NEW;
        assert_eq!((128u64 * u64::from(r)) << log_n, 32 * 1024 * 1024);
        assert_eq!(MEET_LANES, 2);
    }
}
