//! Memory that is going to be needed soon, asked for ahead.
//!
//! A simulation of thousands of hosts touches a few lines of memory of one of them, then of
//! another: where all do not fit into caches, the first read of an event waits for main memory, a
//! few hundred instructions long. Which events come next is known, though, so what they are going
//! to touch can be asked for while others are handled. Nothing but time depends on it.

/// Has the processor bring the line of memory at the start of a value into its caches. A hint: it
/// waits for nothing, and never fails.
#[inline]
pub fn fetch<T>(value: &T) {
    prefetch_index::prefetch_index(std::slice::from_ref(value), 0);
}
