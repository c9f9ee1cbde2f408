//! Amazon Virtual Private Cloud: who may connect to whom.
//!
//! * [`security_group`]: stateful rules of interfaces.
//!
//! Not modelled: network access control lists, which by default let everything through, and route
//! tables.

pub mod security_group;
