//! One service on several threads: each thread has a runtime of its own and accepts for itself.
//!
//! A request then stays on the thread that accepted its connection, and nothing on its way wakes
//! another one. All threads wait on the same socket; an idle one is the first to accept.

use std::future::Future;
use std::io;
use std::num::NonZero;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Runs `service` once on each of `threads` threads, and resolves when all have ended.
///
/// # Errors
/// When the socket cannot be shared or a thread or its runtime cannot be started.
pub async fn sharded<S, F>(
    listener: TcpListener,
    threads: NonZero<usize>,
    service: S,
) -> io::Result<()>
where
    S: Fn(TcpListener) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + 'static,
{
    let listener = listener.into_std()?;
    let mut ends = Vec::with_capacity(threads.get());
    for number in 0..threads.get() {
        let (listener, service) = (listener.try_clone()?, service.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (ended, end) = oneshot::channel::<io::Result<()>>();
        std::thread::Builder::new()
            .name(format!("seawall-net-{number}"))
            .spawn(move || {
                let outcome = runtime.block_on(async {
                    let listener = TcpListener::from_std(listener)?;
                    service(listener).await;
                    Ok(())
                });
                // What the service left behind ends with its runtime, before its end is told.
                drop(runtime);
                drop(ended.send(outcome));
            })?;
        ends.push(end);
    }
    drop(listener);
    for end in ends {
        // A thread that sends nothing has panicked.
        end.await.map_err(io::Error::other)??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn every_thread_serves_and_the_last_to_end_ends_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let noted = Arc::clone(&seen);
        let service = move |listener: TcpListener| {
            assert_eq!(listener.local_addr().unwrap(), address);
            let name = std::thread::current().name().unwrap().to_owned();
            noted.lock().unwrap().insert(name);
            std::future::ready(())
        };
        let threads = NonZero::new(3).unwrap();
        sharded(listener, threads, service).await.unwrap();
        let names: Vec<String> = seen.lock().unwrap().iter().cloned().collect();
        assert_eq!(names, ["seawall-net-0", "seawall-net-1", "seawall-net-2"]);
    }
}
