//! Work on all cores whose results are wanted in order, one after the other.

use rayon::prelude::*;

/// Makes something of each item, on all cores, and hands the results on in the order of the items, on this thread. Items are
/// taken `each` for each core at a time: while the results of some are handed on, the next are made, and no more of them wait.
///
/// # Errors
/// The first error of `done`; nothing is handed on behind it.
pub(super) fn for_batches<I: Send, T: Send, E>(
    each: usize,
    items: &mut dyn Iterator<Item = I>,
    make: impl Fn(I) -> T + Sync,
    mut done: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let size = each * rayon::current_num_threads();
    let mut ready: Vec<T> = Vec::new();
    loop {
        let batch: Vec<I> = items.take(size).collect();
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
        for each in [1, 3, 64] {
            let size = each * rayon::current_num_threads();
            let (taken, mut found) = (AtomicUsize::new(0), Vec::new());
            let mut items = (0..100).inspect(|_| {
                taken.fetch_add(1, Ordering::Relaxed);
            });
            let done = |number: usize| {
                assert!(taken.load(Ordering::Relaxed) <= found.len() + 2 * size, "{size}");
                found.push(number);
                if number == 120 { Err(number) } else { Ok(()) }
            };
            assert_eq!(for_batches(each, &mut items, |number| number * 2, done), Err(120));
            assert_eq!(found, (0..=120).step_by(2).collect::<Vec<_>>());
        }
        let none = for_batches(4, &mut std::iter::empty::<u8>(), |item| item, Err);
        assert_eq!(none, Ok(()));
    }
}
