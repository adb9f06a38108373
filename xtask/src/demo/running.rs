//! A process that the demo started: whether it still runs, and how it is asked to end. It knows nothing of what the
//! process does.

use crate::shell::{self, Result, command, shown};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// Longer than the server's own time limit for its shutdown.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
pub(super) const POLL: Duration = Duration::from_millis(50);

/// A process that never outlives its owner.
pub(super) struct Running {
    name: &'static str,
    pub(super) child: Child,
}

impl Running {
    pub(super) fn start(name: &'static str, mut command: Command) -> Result<Self> {
        let child = command.spawn().map_err(|error| format!("cannot start `{}`: {error}", shown(&command)))?;
        Ok(Self { name, child })
    }

    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().map_err(|error| format!("cannot ask for the state of {}: {error}", self.name))
    }

    pub(super) fn must_run(&mut self) -> Result {
        self.ended()?.map_or(Ok(()), |status| Err(self.died(status)))
    }

    pub(super) fn died(&self, status: ExitStatus) -> String {
        format!("{} ended by itself with {status}", self.name)
    }

    /// SIGTERM, then waits for the end; a process that does not end in time is killed and named.
    pub(super) fn stop(&mut self) -> Result {
        if self.ended()?.is_some() {
            return Ok(());
        }
        terminate(self.child.id())?;
        let deadline = Instant::now() + STOPPED_WITHIN;
        while self.ended()?.is_none() {
            if Instant::now() >= deadline {
                self.kill();
                return Err(format!("{} did not stop within {} s; killed", self.name, STOPPED_WITHIN.as_secs()));
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    fn kill(&mut self) {
        // Both fail only when the process is gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The standard library can only kill; the shell's own `kill` is everywhere, its program is not.
fn terminate(pid: u32) -> Result {
    shell::run(command("sh").args(["-c", "kill -TERM \"$1\"", "sh", &pid.to_string()]))
}
