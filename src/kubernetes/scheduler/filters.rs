//! All filters of a profile, prepared for one shape of pods.

use super::cluster::{Change, Cluster};
use super::framework::{Code, Filter, GroupKey, Prepared, Rejection, Scope};
use super::node::{Delta, Node, NodeId};
use super::nominations::Nominations;
use super::plugins::Plugin;
use super::pod::PodId;
use super::profile::Profile;
use super::shape::ShapeId;

/// Why a node will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The first plugin that rejected it; none where a plugin ruled out all but some named nodes
    /// before any was asked about.
    pub plugin: Option<Plugin>,
    /// What it said.
    pub rejection: Rejection,
}

/// Only nodes of these names come into question.
#[derive(Debug)]
struct Restriction {
    names: Vec<Box<str>>,
    plugins: Vec<Plugin>,
}

/// The filters of a profile, prepared for a shape.
#[derive(Debug)]
pub struct Filters {
    restriction: Option<Restriction>,
    /// Each with its scope, which never changes.
    filters: Vec<(Plugin, Scope, Box<dyn Filter>)>,
}

impl Filters {
    /// Prepares all filters (PreFilter), in order.
    ///
    /// # Errors
    /// The first plugin that rejects the shape on all nodes at once.
    pub fn prepare(profile: &Profile, cluster: &Cluster, shape: ShapeId) -> Result<Self, Refusal> {
        let mut all = Self { restriction: None, filters: Vec::new() };
        for &plugin in &profile.filters {
            let filter = match plugin.filter(profile, cluster, shape) {
                Prepared::Skip => None,
                Prepared::Reject(rejection) => {
                    return Err(Refusal { plugin: Some(plugin), rejection });
                }
                Prepared::Filter(filter) => Some(filter),
                Prepared::Only(names, filter) => {
                    all.restrict(plugin, names)?;
                    filter
                }
            };
            all.filters.extend(filter.map(|filter| (plugin, filter.scope(), filter)));
        }
        Ok(all)
    }

    fn restrict(&mut self, plugin: Plugin, names: Vec<Box<str>>) -> Result<(), Refusal> {
        let restriction = match self.restriction.take() {
            None => Restriction { names, plugins: vec![plugin] },
            Some(mut known) => {
                known.names.retain(|name| names.contains(name));
                known.plugins.push(plugin);
                known
            }
        };
        let (nobody, several) = (restriction.names.is_empty(), restriction.plugins.len() > 1);
        let plugins = list(&restriction.plugins);
        self.restriction = Some(restriction);
        if nobody {
            let reason = match several {
                true => format!("node(s) didn't satisfy plugin(s) {plugins} simultaneously"),
                false => format!("node(s) didn't satisfy plugin {}", plugin.name()),
            };
            return Err(Refusal { plugin: None, rejection: Rejection::unresolvable(reason) });
        }
        Ok(())
    }

    /// Whether a pod of the shape may run on a node.
    ///
    /// # Errors
    /// The first plugin that will not have it there.
    pub fn verdict(&self, cluster: &Cluster, node: &Node) -> Result<(), Refusal> {
        self.restricted(node)?;
        self.within(cluster, node, |_| true)
    }

    /// The same, but of filters of some scopes only.
    ///
    /// # Errors
    /// The first plugin that will not have it there.
    pub fn within(
        &self,
        cluster: &Cluster,
        node: &Node,
        asked: impl Fn(Scope) -> bool,
    ) -> Result<(), Refusal> {
        for (plugin, scope, filter) in &self.filters {
            if asked(*scope) {
                filter
                    .filter(cluster, node)
                    .map_err(|rejection| Refusal { plugin: Some(*plugin), rejection })?;
            }
        }
        Ok(())
    }

    /// Whether a pod of the shape may run on each of several nodes, by filters of some scopes only:
    /// takes away from `passed` those that will not have it.
    pub fn pass(
        &self,
        cluster: &Cluster,
        nodes: &[NodeId],
        asked: impl Fn(Scope) -> bool,
        passed: &mut [bool],
    ) {
        for (_, scope, filter) in &self.filters {
            if asked(*scope) {
                filter.pass(cluster, nodes, passed);
            }
        }
    }

    /// Whether a node comes into question at all.
    ///
    /// # Errors
    /// That it does not.
    pub fn restricted(&self, node: &Node) -> Result<(), Refusal> {
        let Some(restriction) = &self.restriction else { return Ok(()) };
        if restriction.names.contains(&node.spec.name) {
            return Ok(());
        }
        let plugins = list(&restriction.plugins);
        let reason = format!("node(s) didn't satisfy plugin(s) {plugins}");
        Err(Refusal { plugin: None, rejection: Rejection::unresolvable(reason) })
    }

    /// The same as [`verdict`](Self::verdict), for one pod, leaving room for the pods that are
    /// nominated for the node and not less important: it has to pass both with and without them.
    ///
    /// # Errors
    /// The first plugin that will not have it there.
    pub fn verdict_beside_nominees(
        &mut self,
        cluster: &Cluster,
        nominations: &Nominations,
        pod: PodId,
        node: &Node,
    ) -> Result<(), Refusal> {
        self.restricted(node)?;
        let nominees: Vec<PodId> = nominations.before(cluster, pod, node.id).collect();
        if !nominees.is_empty() {
            let mut full = node.clone();
            for &nominee in &nominees {
                self.trial_add(cluster, &mut full, nominee);
            }
            let verdict = self.within(cluster, &full, |_| true);
            for &nominee in &nominees {
                self.trial_remove(cluster, &mut full, nominee);
            }
            verdict?;
        }
        self.within(cluster, node, |_| true)
    }

    /// Puts a pod on a copy of a node, as if it were there.
    pub fn trial_add(&mut self, cluster: &Cluster, node: &mut Node, pod: PodId) {
        let (shape, terminating) = (cluster.pod(pod).shape, cluster.pod(pod).terminating);
        node.add(pod, shape, cluster.shape(shape), terminating);
        self.tried(cluster, Change { node: node.id, shape, delta: Delta::added(terminating) });
    }

    /// Takes a pod off a copy of a node, as if it were gone.
    pub fn trial_remove(&mut self, cluster: &Cluster, node: &mut Node, pod: PodId) {
        let (shape, terminating) = (cluster.pod(pod).shape, cluster.pod(pod).terminating);
        node.remove(pod, shape, cluster.shape(shape), terminating);
        let delta = Delta::added(terminating).reversed();
        self.tried(cluster, Change { node: node.id, shape, delta });
    }

    fn tried(&mut self, cluster: &Cluster, change: Change) {
        for (_, _, filter) in &mut self.filters {
            filter.tried(cluster, change);
        }
    }

    /// Whether pods of a shape mean anything to any of them.
    pub fn mind(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        self.filters.iter_mut().any(|(_, _, filter)| filter.minds(cluster, other))
    }

    /// Brings all up to date with a change on a node.
    pub fn changed(&mut self, cluster: &Cluster, change: Change) {
        for (_, _, filter) in &mut self.filters {
            filter.changed(cluster, change);
        }
    }

    /// Brings all up to date with a node without pods that came.
    pub fn node_came(&mut self, cluster: &Cluster, node: &Node) {
        for (_, _, filter) in &mut self.filters {
            filter.node_came(cluster, node);
        }
    }

    /// Brings all up to date with a node without pods that is about to go.
    pub fn node_goes(&mut self, cluster: &Cluster, node: &Node) {
        for (_, _, filter) in &mut self.filters {
            filter.node_goes(cluster, node);
        }
    }

    /// Pushes what tells a node apart for filters whose answers depend on other nodes.
    pub fn key(&self, cluster: &Cluster, node: &Node, key: &mut GroupKey) {
        for (_, _, filter) in &self.filters {
            filter.key(cluster, node, key);
        }
    }
}

/// Plugins as Go prints a list of their names, sorted.
fn list(plugins: &[Plugin]) -> String {
    let mut names: Vec<&str> = plugins.iter().map(|plugin| plugin.name()).collect();
    names.sort_unstable();
    format!("[{}]", names.join(" "))
}

impl Refusal {
    /// Whether evicting pods from the node might help.
    #[must_use]
    pub fn is_resolvable(&self) -> bool {
        self.rejection.code == Code::Unschedulable
    }
}
