//! Persistent volumes, their claims and classes, and what nodes can attach.

/// Everything about persistent storage.
#[derive(Clone, Debug, Default)]
pub struct Volumes {}
