//! Work on all cores whose results are wanted in order, one after the other.

use rayon::prelude::*;

/// What each core takes at a time, so that few results wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Most items.
    pub items: usize,
    /// Bytes that they have together about; one item can have more.
    pub bytes: usize,
}

/// Makes something of each item, on all cores, and hands the results on in the order of the items, on this thread: while the
/// results of some are handed on, the next are made, and no more of them wait. `size` tells the bytes of an item.
///
/// # Errors
/// The first error of `done`; nothing is handed on behind it.
pub(super) fn for_batches<I: Send, T: Send, E>(
    share: Share,
    items: &mut dyn Iterator<Item = I>,
    size: impl Fn(&I) -> usize,
    make: impl Fn(I) -> T + Sync,
    mut done: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let cores = rayon::current_num_threads();
    let mut take_batch = || {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < share.items * cores
            && bytes < share.bytes.saturating_mul(cores)
            && let Some(item) = items.next()
        {
            bytes = bytes.saturating_add(size(&item));
            batch.push(item);
        }
        batch
    };
    let mut ready: Vec<T> = Vec::new();
    loop {
        let batch = take_batch();
        let is_end = batch.is_empty();
        let mut made = Vec::new();
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| made = batch.into_par_iter().map(&make).collect());
            ready.drain(..).try_for_each(&mut done)
        })?;
        if is_end {
            return Ok(());
        }
        ready = made;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_and_few_wait() {
        for (items, bytes, most) in [(1, usize::MAX, 1), (3, usize::MAX, 3), (64, 30, 4), (64, 1, 1)] {
            let share = Share { items, bytes };
            let most = most * rayon::current_num_threads();
            let (taken, mut found) = (AtomicUsize::new(0), Vec::new());
            let mut numbers = (0..100).inspect(|_| {
                taken.fetch_add(1, Ordering::Relaxed);
            });
            let done = |number: usize| {
                assert!(taken.load(Ordering::Relaxed) <= found.len() + 2 * most, "{share:?}");
                found.push(number);
                if number == 120 { Err(number) } else { Ok(()) }
            };
            assert_eq!(for_batches(share, &mut numbers, |_| 10, |number| number * 2, done), Err(120));
            assert_eq!(found, (0..=120).step_by(2).collect::<Vec<_>>());
        }
        let none = for_batches(Share { items: 4, bytes: 4 }, &mut std::iter::empty::<u8>(), |_| 1, |item| item, Err);
        assert_eq!(none, Ok(()));
    }
}
