//! Experiments: runs of a scenario, and questions that take several runs to answer.
//!
//! * [`origin`]: a scenario as it was written, and the same with other values.
//! * [`mod@run`]: every cluster of a scenario once, side by side, on all cores.
//! * [`conformance`]: whether the simulator gives what queueing theory says.
//! * [`goldens`]: whether it decides as the real Kubernetes did.
//! * [`sweep`]: a scenario with all values it is to be simulated with, on all cores or machines.
//! * [`what_if`]: where the scheduler of Kubernetes would put pods.
//! * [`compare`]: whether variants, clusters or folders of results differ.
//! * [`mod@size`]: the smallest or cheapest fleet that meets the objectives.
//! * [`density`]: how many replicas one host carries while the objective holds.
//!
//! Runs are independent of each other, so they are spread over cores; results do not depend on how
//! many there are.

pub mod compare;
pub mod conformance;
pub mod density;
pub mod goldens;
pub mod origin;
pub mod run;
pub mod size;
pub mod sweep;
pub mod what_if;

pub use origin::Origin;
pub use run::{Progress, RunError, RunOptions, run};
