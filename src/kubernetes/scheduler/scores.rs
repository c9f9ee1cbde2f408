//! All scores of a profile, prepared for one shape of pods.

use super::cluster::{Change, Cluster};
use super::framework::{Candidate, GroupKey, Scope, Score};
use super::node::{Node, NodeId};
use super::plugins::Plugin;
use super::profile::Profile;
use super::shape::ShapeId;

/// The scores of a profile, prepared for a shape.
#[derive(Debug)]
pub struct Scores {
    scores: Vec<Weighted>,
}

/// A score, and what never changes about it.
#[derive(Debug)]
struct Weighted {
    plugin: Plugin,
    weight: i64,
    scope: Scope,
    normalises: bool,
    score: Box<dyn Score>,
}

/// What one plugin made of the candidates, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginScores {
    /// The plugin.
    pub plugin: Plugin,
    /// Before normalisation.
    pub raw: Vec<i64>,
    /// From 0 to 100, before weighting.
    pub normalised: Vec<i64>,
    /// How much it counts.
    pub weight: i64,
}

impl Scores {
    /// Prepares all scores, in order. Those with nothing to say about any node are left out.
    #[must_use]
    pub fn prepare(profile: &Profile, cluster: &Cluster, shape: ShapeId) -> Self {
        let scores = profile.scores.iter().filter_map(|&(plugin, weight)| {
            let score = plugin.score(profile, cluster, shape)?;
            let (scope, normalises) = (score.scope(), score.normalises());
            Some(Weighted { plugin, weight, scope, normalises, score })
        });
        Self { scores: scores.collect() }
    }

    /// Scores all candidates by every plugin that has something to say about them.
    pub fn rank(&mut self, cluster: &Cluster, candidates: &[Candidate]) -> Vec<PluginScores> {
        let mut all = Vec::with_capacity(self.scores.len());
        for Weighted { plugin, weight, score, .. } in &mut self.scores {
            if !score.observe(cluster, candidates) {
                continue;
            }
            let raw: Vec<i64> = candidates
                .iter()
                .map(|candidate| score.score(cluster, cluster.node(candidate.node)))
                .collect();
            let mut normalised = raw.clone();
            score.normalise(cluster, candidates, &mut normalised);
            all.push(PluginScores { plugin: *plugin, raw, normalised, weight: *weight });
        }
        all
    }

    /// Whether pods of a shape mean anything to any of them.
    pub fn mind(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        self.scores.iter_mut().any(|one| one.score.minds(cluster, other))
    }

    /// Brings all up to date with a change on a node.
    pub fn changed(&mut self, cluster: &Cluster, change: Change) {
        for one in &mut self.scores {
            one.score.changed(cluster, change);
        }
    }

    /// The weighted sum of a node's scores that are not normalised, of some scopes.
    #[must_use]
    pub fn own(&self, cluster: &Cluster, node: &Node, asked: impl Fn(Scope) -> bool) -> i64 {
        let own = self.scores.iter().filter(|one| !one.normalises && asked(one.scope));
        own.map(|one| one.weight * one.score.score(cluster, node)).sum()
    }

    /// Adds those of several nodes, of some scopes, to a sum for each.
    pub fn add_own(
        &self,
        cluster: &Cluster,
        nodes: &[NodeId],
        asked: impl Fn(Scope) -> bool,
        sums: &mut [i64],
    ) {
        for one in &self.scores {
            if !one.normalises && asked(one.scope) {
                one.score.add(cluster, nodes, one.weight, sums);
            }
        }
    }

    /// Pushes what tells a node apart for scores that are normalised, of some scopes.
    pub fn key(
        &self,
        cluster: &Cluster,
        node: &Node,
        asked: impl Fn(Scope) -> bool,
        key: &mut GroupKey,
    ) {
        for one in &self.scores {
            if one.normalises && asked(one.scope) {
                one.score.key(cluster, node, key);
            }
        }
    }
}

/// The weighted sum of all plugins' scores, for each candidate.
#[must_use]
pub fn totals(scores: &[PluginScores], candidates: usize) -> Vec<i64> {
    let mut totals = vec![0; candidates];
    for plugin in scores {
        for (total, score) in totals.iter_mut().zip(&plugin.normalised) {
            *total += plugin.weight * score;
        }
    }
    totals
}
