//! Hand-computed timelines.
