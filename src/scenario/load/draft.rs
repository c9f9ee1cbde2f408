//! A scenario of which some parts may not have been readable.
//!
//! Checks of meaning run on what could be read, so that one slip does not hide all others.

use crate::scenario::path::Path;
use crate::scenario::{
    App, Cluster, DensitySearch, Fault, HostShape, Image, Job, Prices, Registry, Rollout, Scenario,
    Simulation, Size, Sweep, Variant, VmStream,
};

/// The parts of a scenario that could be read.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// `[simulation]`
    pub simulation: Option<Simulation>,
    /// `[prices]`
    pub prices: Option<Prices>,
    /// `[density]`
    pub density: Option<DensitySearch>,
    /// `[sweep]`
    pub sweep: Option<Sweep>,
    /// `[size]`
    pub size: Option<Size>,
    /// `[registry]` or `[[registry]]`
    pub registries: Section<Registry>,
    /// Whether there is one registry, written as one table or not at all.
    pub one_registry: bool,
    /// `[[host]]`
    pub hosts: Section<HostShape>,
    /// `[[image]]`
    pub images: Section<Image>,
    /// `[[app]]`
    pub apps: Section<App>,
    /// `[[job]]`
    pub jobs: Section<Job>,
    /// `[[vm]]`
    pub vms: Section<VmStream>,
    /// `[[cluster]]`
    pub clusters: Section<Cluster>,
    /// `[[rollout]]`
    pub rollouts: Section<Rollout>,
    /// `[[fault]]`
    pub faults: Section<Fault>,
    /// `[[variant]]`
    pub variants: Section<Variant>,
}

/// An array of tables.
#[derive(Clone, Debug)]
pub struct Section<T> {
    items: Vec<Item<T>>,
}

#[derive(Clone, Debug)]
struct Item<T> {
    /// The name that was written, whether or not the rest could be read.
    name: Option<String>,
    value: Option<T>,
}

/// What a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referent<'a, T> {
    /// An element that was read, and where it is in its section.
    Found(usize, &'a T),
    /// An element that is there but could not be read.
    Unreadable,
    /// Nothing has the name.
    Missing,
}

impl<T> Default for Section<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> Section<T> {
    /// Adds the next element of the file.
    pub fn push(&mut self, name: Option<String>, value: Option<T>) {
        self.items.push(Item { name, value });
    }

    /// Number of elements in the file, readable or not.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the file has none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The elements that were read, with their places in the file.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let all = self.items.iter().enumerate();
        all.filter_map(|(index, item)| item.value.as_ref().map(|value| (index, value)))
    }

    /// The elements that were read, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.iter_mut().filter_map(|item| item.value.as_mut())
    }

    /// The places of elements that were read but have no name.
    pub fn nameless(&self) -> impl Iterator<Item = usize> {
        let all = self.items.iter().enumerate();
        all.filter(|(_, item)| item.name.is_none() && item.value.is_some()).map(|(index, _)| index)
    }

    /// All names that were written, with the places of their elements.
    pub fn names(&self) -> impl Iterator<Item = (usize, &str)> + Clone {
        let all = self.items.iter().enumerate();
        all.filter_map(|(index, item)| item.name.as_deref().map(|name| (index, name)))
    }

    /// Looks up a name.
    pub fn find(&self, name: &str) -> Referent<'_, T> {
        let Some((index, _)) = self.names().find(|(_, candidate)| *candidate == name) else {
            return Referent::Missing;
        };
        match &self.items[index].value {
            Some(value) => Referent::Found(index, value),
            None => Referent::Unreadable,
        }
    }

    /// The element of that name, where it was read.
    pub fn get(&self, name: &str) -> Option<&T> {
        match self.find(name) {
            Referent::Found(_, value) => Some(value),
            Referent::Unreadable | Referent::Missing => None,
        }
    }

    fn into_values(self) -> Option<Vec<T>> {
        self.items.into_iter().map(|item| item.value).collect()
    }
}

impl Draft {
    /// Where a registry stands in the file.
    pub fn registry_path(&self, index: usize) -> Path {
        match self.one_registry {
            true => Path::section("registry"),
            false => Path::element("registry", index),
        }
    }

    /// The scenario, where all of it was read.
    pub fn complete(self) -> Option<Scenario> {
        Some(Scenario {
            simulation: self.simulation?,
            prices: self.prices?,
            registries: self.registries.into_values()?,
            hosts: self.hosts.into_values()?,
            images: self.images.into_values()?,
            apps: self.apps.into_values()?,
            jobs: self.jobs.into_values()?,
            vms: self.vms.into_values()?,
            clusters: self.clusters.into_values()?,
            rollouts: self.rollouts.into_values()?,
            faults: self.faults.into_values()?,
            density: self.density,
            sweep: self.sweep,
            size: self.size,
            variants: self.variants.into_values()?,
        })
    }
}
