//! The AWS Load Balancer Controller: which load balancers manifests ask for, and how fast pods and
//! nodes become their targets.
//!
//! * [`ingress`]: Application Load Balancers by Ingresses; [`service`]: Network Load Balancers by
//!   Services.
//! * [`annotations`]: what annotations say; [`attributes`]: those of target groups.
//! * [`reconcile`]: the controller at work.
//!
//! Source: kubernetes-sigs/aws-load-balancer-controller, `docs/guide`, `pkg/ingress`,
//! `pkg/service`, `pkg/targetgroupbinding` and `pkg/backend`, v2.

pub mod annotations;
pub mod attributes;
pub mod ingress;
pub mod reconcile;
pub mod service;
#[cfg(test)]
mod tests;

use k8s_openapi::api::core::v1::Service;

use crate::kubernetes::api::Object;
use crate::scenario::Cluster;
use crate::scenario::aws::{LoadBalancer, TargetGroup, TargetType};

/// What the manifests of a cluster ask of the controller.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Load balancers, as a scenario would have them.
    pub balancers: Vec<LoadBalancer>,
    /// Their target groups.
    pub groups: Vec<DeclaredGroup>,
    /// What is not known, or has no effect here.
    pub warnings: Vec<String>,
    /// What the controller would not take, each in a sentence.
    pub flaws: Vec<String>,
}

/// A target group, and the Service whose pods it is for.
#[derive(Clone, Debug)]
pub struct DeclaredGroup {
    /// The group.
    pub group: TargetGroup,
    /// Namespace of the Service.
    pub namespace: String,
    /// The Service.
    pub service: String,
    /// Whether nodes hand on to their own pods only (`externalTrafficPolicy: Local`).
    pub local: bool,
}

impl DeclaredGroup {
    /// What its targets are, by the options of a cluster where it does not say so.
    pub fn target_type(&self, cluster: &Cluster) -> TargetType {
        self.group.target_type.unwrap_or(cluster.eks.load_balancer_controller.target_type)
    }
}

/// What the manifests of a cluster ask for.
pub fn declared(objects: &[Object], cluster: &Cluster) -> Declared {
    let mut declared = Declared::default();
    ingress::declare(objects, cluster, &mut declared);
    service::declare(objects, cluster, &mut declared);
    declared
}

/// The Service of this name.
pub fn find_service<'o>(objects: &'o [Object], namespace: &str, name: &str) -> Option<&'o Service> {
    objects.iter().find_map(|object| match object {
        Object::Service(service) => {
            let is_it = object.namespace() == Some(namespace) && object.name() == name;
            is_it.then_some(&**service)
        }
        _ => None,
    })
}

/// Whether only the pods of a node get what comes to it.
fn is_local(service: &Service) -> bool {
    let spec = service.spec.as_ref();
    let policy = spec.and_then(|spec| spec.external_traffic_policy.as_deref());
    policy == Some("Local")
}

impl Declared {
    /// The subnets that an annotation names; those that the scenario does not have do not count.
    fn subnets(&mut self, named: Vec<String>, title: &str, cluster: &Cluster) -> Vec<String> {
        let is_known = |name: &String| cluster.subnets.iter().any(|it| it.name == *name);
        let (known, unknown): (Vec<_>, Vec<_>) = named.into_iter().partition(is_known);
        for name in unknown {
            self.warnings.push(format!("{title}: there is no subnet `{name}` in the scenario"));
        }
        known
    }
}
