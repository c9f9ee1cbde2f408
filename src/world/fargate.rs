//! AWS Fargate, as far as tasks of Amazon ECS and pods of Amazon EKS have it in common: the machine
//! of each, and what is charged for it.

mod charges;
mod machine;

pub(super) use charges::{Charged, Charges};
pub(super) use machine::machine;
