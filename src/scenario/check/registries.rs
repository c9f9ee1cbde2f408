//! `[[registry]]`: names that resolve, caches that end somewhere, and limits that let something
//! through.

use super::apps::check_image;
use super::ranges::{lasting, not_zero};
use super::{Finding, access};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{Push, Registry};

/// Most registries; their numbers have 16 bits, but a file of more is a slip.
const MOST: usize = 1000;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    check_list(draft, out);
    for (index, registry) in draft.registries.iter() {
        let at = draft.registry_path(index);
        check_rates(registry, &at, out);
        if let Some(upstream) = &registry.upstream {
            check_upstream(draft, index, upstream, &at.key("upstream"), out);
        }
        check_cache_keys(registry, &at, out);
        for (place, replication) in registry.replicates.iter().enumerate() {
            let at = at.key("replicates").index(place).key("from");
            if replication.from == registry.name {
                out.push(Finding::new(at, "a registry does not replicate itself"));
            } else {
                check_name(draft, &replication.from, at, out);
            }
        }
        check_pushes(draft, registry, &at, out);
        access::check_registry(registry, &at, out);
    }
    for (index, image) in draft.images.iter() {
        if let Some(name) = &image.registry {
            check_name(draft, name, Path::element("image", index).key("registry"), out);
        }
    }
    for (index, cluster) in draft.clusters.iter() {
        if let Some(name) = &cluster.registry {
            check_name(draft, name, Path::element("cluster", index).key("registry"), out);
        }
    }
}

/// A registry must be there by this name.
pub fn check_name(draft: &Draft, name: &str, at: Path, out: &mut Vec<Finding>) {
    if matches!(draft.registries.find(name), Referent::Missing) {
        let names = draft.registries.names().map(|(_, name)| name);
        out.push(
            Finding::new(at, format!("there is no registry `{name}`"))
                .help(suggestion(name, names, "registry")),
        );
    }
}

fn check_list(draft: &Draft, out: &mut Vec<Finding>) {
    for index in draft.registries.nameless() {
        out.push(
            Finding::new(draft.registry_path(index), "a registry among several needs a `name`")
                .help("images and clusters refer to it by `registry = \"…\"`"),
        );
    }
    if draft.registries.len() > MOST {
        let title = format!("there are more than {MOST} registries");
        out.push(Finding::new(draft.registry_path(MOST), title));
    }
}

fn check_rates(registry: &Registry, at: &Path, out: &mut Vec<Finding>) {
    not_zero(&registry.bandwidth, at.key("bandwidth"), "the registry's bandwidth", out);
    not_zero(&registry.stream, at.key("stream"), "the bandwidth of a download", out);
    lasting(registry.timeout, at.key("timeout"), "the time until a client gives up", out);
    if let Some(every) = registry.lifecycle_every {
        let what = "the time between two looks for what expires";
        lasting(every, at.key("lifecycle_every"), what, out);
    }
    if let Some(import) = &registry.import {
        not_zero(import, at.key("import"), "the bandwidth from the upstream", out);
    }
    if let Some(life) = registry.token_life {
        lasting(life, at.key("token_life"), "the life of a token", out);
    }
    let limits = &registry.limits;
    for (key, limit) in [
        ("token", limits.token),
        ("manifest", limits.manifest),
        ("layer", limits.layer),
        ("check", limits.check),
        ("initiate", limits.initiate),
        ("complete", limits.complete),
        ("put", limits.put),
    ] {
        if let Some(burst) = limit.and_then(|limit| limit.burst) {
            let at = at.key("limits").key(key).key("burst");
            not_zero(&burst, at, "a burst", out);
        }
    }
}

/// Each registry has one upstream at most, so that to follow them finds every circle.
fn check_upstream(draft: &Draft, index: usize, first: &str, at: &Path, out: &mut Vec<Finding>) {
    let mut passed = Vec::new();
    let mut name = first;
    loop {
        match draft.registries.find(name) {
            Referent::Missing if passed.is_empty() => {
                return check_name(draft, name, at.clone(), out);
            }
            Referent::Found(next, _) if next == index => break,
            // a circle further on is reported there
            Referent::Found(next, _) if passed.contains(&next) => return,
            Referent::Found(next, registry) => {
                passed.push(next);
                let Some(upstream) = &registry.upstream else { return };
                name = upstream;
            }
            Referent::Missing | Referent::Unreadable => return,
        }
    }
    let title = match passed.is_empty() {
        true => format!("the registry `{first}` is its own upstream"),
        false => "the upstreams go round in a circle".to_owned(),
    };
    let help = "one of them must have the images itself: leave out its `upstream`";
    out.push(Finding::new(at.clone(), title).help(help));
}

/// Keys that say how a cache works need an upstream to work on.
fn check_cache_keys(registry: &Registry, at: &Path, out: &mut Vec<Finding>) {
    if registry.upstream.is_some() {
        return;
    }
    for (key, written) in [
        ("import", registry.import.is_some()),
        ("upstream_check", registry.upstream_check.is_some()),
    ] {
        if written {
            out.push(
                Finding::new(at.key(key), format!("`{key}` is of no use without an upstream"))
                    .help("say which registry it caches: `upstream = \"…\"`"),
            );
        }
    }
}

fn check_pushes(draft: &Draft, registry: &Registry, at: &Path, out: &mut Vec<Finding>) {
    for (place, push) in registry.pushes.iter().enumerate() {
        let at = at.key("pushes").index(place);
        let name = push.tag();
        check_image(&push.image, at.key("image"), draft, out);
        if let Some(tag) = &push.tag {
            check_image(tag, at.key("tag"), draft, out);
        }
        if name.contains('@') && name != push.image {
            let title = format!("`{name}` names an image by its digest, and no other");
            let help = "a tag can be moved, such as `shop/web:1.4`";
            out.push(Finding::new(at.key("tag"), title).help(help));
        }
        let again = |other: &Push| other.tag() == name && other.at == push.at;
        if registry.pushes[..place].iter().any(again) {
            let title = format!("`{name}` is pushed here twice at {}", push.at);
            out.push(Finding::new(at.key("at"), title));
        } else if let Some(end) = draft.simulation.as_ref().map(|simulation| simulation.duration)
            && push.at >= end
        {
            let title = format!("a push at {} comes after the end at {end}", push.at);
            let related = Path::section("simulation").key("duration");
            out.push(Finding::new(at.key("at"), title).related(related, "end"));
        }
    }
}
