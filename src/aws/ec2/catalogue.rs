//! Instance types: their shape, limits and prices in US East (N. Virginia).
//!
//! One table, `catalogue/instance_types.csv`, made from published facts; `catalogue/README.md` says
//! from which, and when. It is read once, when first asked. A type that is not in it is refused:
//! guessing a shape or a price from a name would be a wrong answer.

mod interfaces;
mod reserved;
mod row;
pub mod shape;

use std::sync::LazyLock;

use crate::scenario::diagnostic::nearest;
pub use interfaces::known_interfaces;
pub use shape::{
    Accelerators, Architecture, Disk, Disks, EbsLink, Gpus, InstanceType, Maker, Network, Platform,
    Range, Tasks,
};

static TYPES: LazyLock<Vec<InstanceType>> = LazyLock::new(|| {
    let mut reader =
        csv::Reader::from_reader(include_bytes!("catalogue/instance_types.csv").as_slice());
    let rows = reader.deserialize::<row::Row>();
    rows.map(|row| row.expect("the catalogue is in order").into()).collect()
});

/// A name that is not in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no instance type `{name}` in the catalogue{}", hint(.name, .nearest))]
pub struct UnknownType {
    /// What was asked for.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<&'static str>,
}

fn hint(name: &str, nearest: &Option<&'static str>) -> String {
    if let Some((interfaces, addresses)) = known_interfaces(name) {
        return format!(
            "; all that is known of it are its {interfaces} network interfaces of {addresses} \
             addresses each"
        );
    }
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// All types, in the order of their names.
pub fn instance_types() -> &'static [InstanceType] {
    &TYPES
}

/// The type of this name, such as `m5.large`.
///
/// # Errors
/// There is none in the catalogue.
pub fn instance_type(name: &str) -> Result<&'static InstanceType, UnknownType> {
    let types = instance_types();
    match types.binary_search_by(|one| one.name.as_str().cmp(name)) {
        Ok(at) => Ok(&types[at]),
        Err(_) => {
            let nearest = nearest(name, types.iter().map(|one| one.name.as_str()));
            Err(UnknownType { name: name.to_owned(), nearest })
        }
    }
}

#[cfg(test)]
mod tests;
