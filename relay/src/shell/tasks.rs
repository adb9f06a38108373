//! The tasks and threads of a process: each has a name until it ends, a panic in any of them asks for the shutdown, and
//! what has not ended in time can be named. It does not decide when to stop; `run.rs` does.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// A name, shared by tasks of a kind.
pub type TaskName = Cow<'static, str>;

/// What runs. Clones speak of the same tasks.
#[derive(Debug, Clone)]
pub struct Tasks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    running: Mutex<BTreeMap<TaskName, usize>>,
    panicked: Mutex<Vec<TaskName>>,
    changed: Notify,
    shutdown: CancellationToken,
}

impl Tasks {
    /// No tasks; a panic in one of them cancels `shutdown`.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            running: Mutex::default(),
            panicked: Mutex::default(),
            changed: Notify::new(),
            shutdown,
        }))
    }

    /// What asks all of them to end.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }

    /// Runs a future on the current runtime.
    pub fn spawn(&self, name: impl Into<TaskName>, future: impl Future<Output = ()> + Send + 'static) {
        let guard = self.guard(name);
        // Boxed, because a future that awaits another has room for it twice.
        let future = Box::pin(future);
        tokio::spawn(async move {
            let _guard = guard;
            future.await;
        });
    }

    /// Runs a function on a thread of its own.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn thread(&self, name: impl Into<TaskName>, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let name = name.into();
        let guard = self.guard(name.clone());
        let body = move || {
            let _guard = guard;
            body();
        };
        std::thread::Builder::new().name(name.into_owned()).spawn(body).map(drop)
    }

    /// Counts something as running until the guard is dropped.
    pub fn guard(&self, name: impl Into<TaskName>) -> TaskGuard {
        let name = name.into();
        *self.0.running.lock().entry(name.clone()).or_default() += 1;
        TaskGuard { tasks: self.clone(), name }
    }

    /// The names of tasks that panicked.
    pub fn panicked(&self) -> Vec<TaskName> {
        self.0.panicked.lock().clone()
    }

    /// The names of tasks that run.
    pub fn running(&self) -> Vec<TaskName> {
        self.0.running.lock().keys().cloned().collect()
    }

    /// Waits until none runs.
    ///
    /// # Errors
    /// The names of those that still do after `within`.
    pub async fn ended(&self, within: Duration) -> Result<(), Vec<TaskName>> {
        let all = async {
            loop {
                let changed = self.0.changed.notified();
                if self.0.running.lock().is_empty() {
                    return;
                }
                changed.await;
            }
        };
        timeout(within, all).await.map_err(|_| self.running())
    }
}

/// Something that runs.
#[derive(Debug)]
pub struct TaskGuard {
    tasks: Tasks,
    name: TaskName,
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        let inner = &self.tasks.0;
        if std::thread::panicking() {
            inner.panicked.lock().push(self.name.clone());
            inner.shutdown.cancel();
        }
        let mut running = inner.running.lock();
        if let Some(count) = running.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.name);
            }
        }
        drop(running);
        inner.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T5: a panic anywhere asks for the shutdown, and what does not end is named.
    #[tokio::test]
    async fn panics_ask_for_the_shutdown_and_late_ones_are_named() {
        let tasks = Tasks::new(CancellationToken::new());
        tasks.spawn("worker", std::future::pending());
        tasks.spawn("fragile", async { panic!("as this test wants it") });
        tasks.shutdown().cancelled().await;
        assert_eq!(tasks.panicked(), ["fragile"]);
        assert_eq!(tasks.ended(Duration::ZERO).await, Err(vec!["worker".into()]));
    }

    #[tokio::test]
    async fn threads_and_tasks_are_waited_for() {
        let tasks = Tasks::new(CancellationToken::new());
        let stop = tasks.shutdown().clone();
        for _ in 0..3 {
            let stop = stop.clone();
            tasks.spawn("kind", async move { stop.cancelled().await });
        }
        tasks.thread("thread", || {}).unwrap();
        stop.cancel();
        tasks.ended(Duration::from_secs(10)).await.unwrap();
        assert!(tasks.panicked().is_empty());
    }
}
