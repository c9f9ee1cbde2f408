//! Objects that are written twice.
//!
//! Of one name a cluster has one object: twice in the files of the cluster, or twice in those to
//! come, is a mistake. What is in both is applied: the new one replaces the old one, but a pod that
//! is there stays.

use std::collections::BTreeMap;

use super::is_over;
use crate::experiment::what_if::admission::Inputs;
use crate::kubernetes::api::{Located, Object, Problem};

/// What no two objects of a cluster share.
type Identity = (&'static str, String, String);

fn identity(object: &Object) -> Identity {
    let namespace = object.namespace().unwrap_or_default();
    (object.kind().name, namespace.to_owned(), object.name().to_owned())
}

/// Leaves one of each object; says what cannot be.
pub(super) fn resolve(inputs: &mut Inputs, notes: &mut Vec<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let known = index(&inputs.cluster, &mut problems);
    let coming = index(&inputs.pods, &mut problems);
    if !problems.is_empty() {
        return problems;
    }
    let running = |identity: &Identity| {
        known.get(identity).is_some_and(|&place| match &inputs.cluster[place].object {
            Object::Pod(pod) => !is_over(pod),
            _ => false,
        })
    };
    let there: Vec<bool> =
        inputs.pods.iter().map(|located| running(&identity(&located.object))).collect();
    let count = there.iter().filter(|there| **there).count();
    if count > 0 {
        let pods = if count == 1 { "1 pod is" } else { &format!("{count} pods are") };
        notes.push(format!("{pods} in the cluster already, and not placed once more"));
    }
    let mut stays = there.iter().map(|there| !there);
    inputs.pods.retain(|_| stays.next().unwrap_or(true));
    inputs.cluster.retain(|located| {
        matches!(located.object, Object::Pod(_) | Object::Node(_))
            || !coming.contains_key(&identity(&located.object))
    });
    problems
}

/// Places of objects by what they are, and problems with those that are there twice.
fn index(objects: &[Located], problems: &mut Vec<Problem>) -> BTreeMap<Identity, usize> {
    let mut known = BTreeMap::new();
    for (place, Located { object, origin }) in objects.iter().enumerate() {
        if let Some(first) = known.insert(identity(object), place) {
            let first = &objects[first].origin;
            let message = format!("{} is already in {first}", object.title());
            problems.push(Problem::new(origin, message));
        }
    }
    known
}
