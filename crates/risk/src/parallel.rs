//! Work in numbered pieces over threads: the result depends on the pieces, never on the split.

use std::num::NonZeroUsize;

/// Computes `count` pieces on up to `threads` threads, in the order of their numbers.
pub(crate) fn map<T: Send>(
    count: usize,
    threads: NonZeroUsize,
    piece: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = threads.get().min(count.max(1));
    if threads == 1 {
        return (0..count).map(piece).collect();
    }
    let piece = &piece;
    std::thread::scope(|scope| {
        // Thread `t` takes every `threads`-th piece, so that all get work of every kind.
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    (first..count)
                        .step_by(threads)
                        .map(piece)
                        .collect::<Vec<T>>()
                })
            })
            .collect();
        let mut parts: Vec<_> = workers
            .into_iter()
            .map(|worker| match worker.join() {
                Ok(part) => part.into_iter(),
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect();
        (0..count)
            .filter_map(|number| parts.get_mut(number % threads)?.next())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_in_order() {
        for threads in 1..6 {
            let threads = NonZeroUsize::new(threads).unwrap();
            for count in [0, 1, 2, 7, 20] {
                let pieces = map(count, threads, |number| number * number);
                assert_eq!(pieces, (0..count).map(|n| n * n).collect::<Vec<_>>());
            }
        }
    }
}
