//! Hand-computed timelines of trials.
