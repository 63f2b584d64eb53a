//! The set of tasks that a service started: the one place that spawns, awaited at shutdown.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that end before the service does. Clones share the set.
#[derive(Clone, Debug, Default)]
pub struct TaskSet {
    tracker: TaskTracker,
    abort: CancellationToken,
}

impl TaskSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task. It is dropped at its next await once a [`Self::drain`] runs out of time.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let abort = self.abort.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                biased;
                () = abort.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// How many tasks run.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracker.len()
    }

    /// Whether no task runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracker.is_empty()
    }

    /// Waits for every task; those that outlive `deadline` are dropped. True when none had to be.
    pub async fn drain(&self, deadline: Duration) -> bool {
        self.tracker.close();
        let in_time = tokio::time::timeout(deadline, self.tracker.wait())
            .await
            .is_ok();
        if !in_time {
            self.abort.cancel();
            self.tracker.wait().await;
        }
        in_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn drain_waits_then_drops() {
        let tasks = TaskSet::new();
        tasks.spawn(async { tokio::task::yield_now().await });
        assert!(tasks.drain(Duration::from_secs(1)).await);

        let tasks = TaskSet::new();
        tasks.spawn(std::future::pending());
        assert!(!tasks.drain(Duration::from_secs(1)).await);
        assert!(tasks.is_empty());
    }
}
