//! The one function that callgrind collects in. It is called by a pointer and never inlined, so that its name is found
//! whatever is counted.

use std::hint::black_box;

/// Runs what is counted, once or many times.
#[inline(never)]
pub(crate) fn counted_part(run: &mut dyn FnMut()) -> bool {
    run();
    // Something to do afterwards, lest the call above becomes a jump and the function ends before it.
    black_box(true)
}

/// What `run` gives, counted.
pub(crate) fn counted<T>(mut run: impl FnMut() -> T) -> T {
    let mut result = None;
    counted_part(&mut || result = Some(black_box(run())));
    result.expect("invariant: the closure has run")
}
