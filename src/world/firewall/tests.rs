//! Who may connect to whom.
