//! Kubernetes API objects, read from the files that users have.
//!
//! * [`manifest`]: files into [`Object`]s, or everything that is wrong with them;
//! * [`custom`]: objects of other kinds, for those who know them;
//! * [`defaults`]: what it would fill in;
//! * [`expand`]: workloads into the pods that their controllers would create;
//! * [`quantity`]: the exact value of `500m` and `64Mi`;
//! * [`scheduler_configuration`]: profiles, plugins and weights of the scheduler;
//! * [`validate`]: what the API server would refuse.

mod convert;
pub mod custom;
pub(in crate::kubernetes) mod decode;
pub mod defaults;
mod document;
pub mod expand;
mod header;
pub(in crate::kubernetes) mod locate;
pub mod manifest;
mod object;
mod origin;
mod problem;
pub mod quantity;
pub mod scheduler_configuration;
mod stored;
pub(in crate::kubernetes) mod syntax;
pub mod validate;
pub(in crate::kubernetes) mod yaml;

pub use decode::{Path, Step};
pub use manifest::{Located, Manifest, Skipped, from_value, read_file, read_text};
pub use object::{KINDS, Kind, Object};
pub use origin::Origin;
pub use problem::{Excerpt, ManifestErrors, Problem, render_warnings};
pub use stored::from_stored;
