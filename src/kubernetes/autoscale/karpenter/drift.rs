//! Nodes that are not what their pool asks for any more.
//!
//! Follows pkg/controllers/nodeclaim/disruption/drift.go of Karpenter 1.x and `Hash` in
//! pkg/apis/v1/nodepool.go. What classes of a cloud say of machines is for whoever makes these.

use std::hash::{Hash, Hasher};

use super::api::Template;
use super::instance::CapacityType;
use super::provision::Pool;
use super::requirements::Requirements;
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::shape::Taint;

/// In what a node is not what its pool asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The template is another (`NodePoolDrifted`).
    Template,
    /// Its labels are not what is required of them (`RequirementsDrifted`).
    Requirements,
    /// Its type is not offered there any more (`InstanceTypeNotFound`).
    InstanceType,
}

/// What of a node decides whether it drifted.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// [`Template::hash`] of its pool when it was made.
    pub template: u64,
    /// Its labels.
    pub labels: &'a Labels,
    /// Its type.
    pub instance: &'a str,
    /// Its zone.
    pub zone: &'a str,
    /// How it is paid for.
    pub capacity_type: CapacityType,
}

/// Whether a node drifted, by the first thing that did. An offering that cannot be had for a while
/// is still offered.
#[must_use]
pub fn drift(pool: &Pool, made: Made) -> Option<Drift> {
    let template = &pool.spec.template;
    if template.hash() != made.template {
        return Some(Drift::Template);
    }
    if !Requirements::of_labels(made.labels).meet(&template.requirements) {
        return Some(Drift::Requirements);
    }
    let known = pool.types.iter().find(|one| *one.name == *made.instance);
    let price = known.and_then(|one| one.price_in(made.zone, made.capacity_type));
    price.is_none().then_some(Drift::InstanceType)
}

impl Template {
    /// A number that is another where nodes made before are not as they would be made now. What is
    /// required of labels is not in it, nor how often or in which order taints are named.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        for labels in [&self.labels, &self.annotations] {
            labels.iter().for_each(|pair| pair.hash(&mut hasher));
            hasher.write_u8(0);
        }
        for taints in [&self.taints, &self.startup_taints] {
            let mut all: Vec<_> = taints.iter().map(written).collect();
            all.sort();
            all.dedup();
            all.hash(&mut hasher);
        }
        self.class.hash(&mut hasher);
        for span in [self.expire_after, self.termination_grace_period] {
            span.map(crate::engine::SimDuration::as_nanos).hash(&mut hasher);
        }
        hasher.finish()
    }
}

fn written(taint: &Taint) -> String {
    format!("{}={}:{:?}", taint.key, taint.value, taint.effect)
}

/// FNV-1a, which is the same everywhere and always.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::autoscale::karpenter::fixture::{Scene, pool};
    use crate::kubernetes::autoscale::karpenter::requirements::{INSTANCE_TYPE, ZONE};

    const SPEC: &str =
        "      taints: [{ key: a, effect: NoSchedule }, { key: b, effect: NoExecute }]\n";

    fn hash(of_template: &str, of_spec: &str) -> u64 {
        pool("plain", of_template, of_spec).template.hash()
    }

    #[test]
    fn the_template_counts_but_for_requirements_and_order() {
        let before = hash(SPEC, "");
        let turned =
            "      taints: [{ key: b, effect: NoExecute }, { key: a, effect: NoSchedule }]\n";
        assert_eq!(hash(turned, ""), before);
        let required = "      requirements: [{ key: zone, operator: Exists }]\n";
        assert_eq!(hash(&format!("{SPEC}{required}"), ""), before);
        // what is outside the template does not count
        assert_eq!(hash(SPEC, "  weight: 7\n  limits: { cpu: 4 }\n"), before);
        for change in [
            "      expireAfter: 24h\n",
            "      terminationGracePeriod: 1h\n",
            "      startupTaints: [{ key: c, effect: NoSchedule }]\n",
        ] {
            assert_ne!(hash(&format!("{SPEC}{change}"), ""), before, "{change}");
        }
        assert_ne!(hash("", ""), before);
    }

    #[test]
    fn a_node_drifts_by_template_labels_or_type() {
        let zones = "      requirements: [{ key: topology.kubernetes.io/zone, operator: In, \
                     values: [a] }]\n";
        let mut scene = Scene::new(vec![pool("plain", zones, "")]);
        let pool = &mut scene.pools[0];
        let template = pool.spec.template.hash();
        let of = |zone: &str| [(ZONE, zone), (INSTANCE_TYPE, "m")].into_iter().collect::<Labels>();
        let (in_a, in_b) = (of("a"), of("b"));
        let capacity_type = CapacityType::Spot;
        let made = Made { template, labels: &in_a, instance: "m", zone: "a", capacity_type };
        assert_eq!(drift(pool, made), None);
        assert_eq!(drift(pool, Made { labels: &in_b, ..made }), Some(Drift::Requirements));
        assert_eq!(drift(pool, Made { template: 1, ..made }), Some(Drift::Template));
        assert_eq!(drift(pool, Made { instance: "xl", ..made }), Some(Drift::InstanceType));
        // gone for a while is not gone
        pool.types
            .iter_mut()
            .flat_map(|one| &mut one.offerings)
            .for_each(|one| one.available = false);
        assert_eq!(drift(pool, made), None);
        pool.types[1].offerings.retain(|one| one.capacity_type == CapacityType::OnDemand);
        assert_eq!(drift(pool, made), Some(Drift::InstanceType));
    }
}
