//! `[[image]]`: images whose layers are what their digests say, on bases that are there.

use std::collections::BTreeMap;

use super::Finding;
use super::apps::check_image;
use super::ranges::within;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{Image, Layer};
use crate::units::Bytes;

/// Most layers of an image (overlay2 of Docker: 128 with the writable one).
const MOST_LAYERS: usize = 127;

/// Size and unpacked size of a layer, and where it stands.
type Content = (Bytes, Option<Bytes>, Path);

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    let mut contents: BTreeMap<&str, Content> = BTreeMap::new();
    for (index, image) in draft.images.iter() {
        let at = Path::element("image", index);
        check_layers(image.layers(), &at.key("layers"), &mut contents, out);
        for (place, build) in image.platforms.iter().enumerate() {
            let at = at.key("platforms").index(place).key("layers");
            check_layers(&build.layers, &at, &mut contents, out);
        }
        check_platforms(image, &at, out);
        if let Some(base) = &image.from {
            check_image(base, at.key("from"), draft, out);
            check_chain(image, &at, draft, out);
        } else if image.layers.is_none() && image.platforms.is_empty() {
            let title = format!("image `{}` has no layers", image.name);
            let help = "give it `layers`, `platforms`, or an image to be built on with `from`";
            out.push(Finding::new(at, title).help(help));
        }
    }
}

fn check_layers<'a>(
    layers: &'a [Layer],
    at: &Path,
    contents: &mut BTreeMap<&'a str, Content>,
    out: &mut Vec<Finding>,
) {
    within(layers.len(), &(0..=MOST_LAYERS), at.clone(), "the number of layers", out);
    for (index, layer) in layers.iter().enumerate() {
        let at = at.index(index);
        let Some(digest) = &layer.digest else {
            continue;
        };
        let content = (layer.size, layer.unpacked, at.clone());
        let first = contents.entry(digest).or_insert(content);
        if (first.0, first.1) != (layer.size, layer.unpacked) {
            let title = format!("layer `{digest}` has two different sizes");
            out.push(
                Finding::new(at, title)
                    .label(format!("here {}", layer.size))
                    .related(first.2.clone(), format!("here {}", first.0))
                    .help("layers of one digest are one layer; give this one another digest"),
            );
        }
    }
}

/// An image says once what it is built for.
fn check_platforms(image: &Image, at: &Path, out: &mut Vec<Finding>) {
    let (own, based) = (!image.platforms.is_empty(), image.from.is_some());
    let says = [
        ("os", image.os.is_some(), own || based),
        ("architecture", image.architecture.is_some(), own || based),
        ("os_version", image.os_version.is_some(), own),
        ("layers", image.layers.is_some(), own),
        ("from", based, own),
    ];
    for (key, _, _) in says.into_iter().filter(|&(_, said, known)| said && known) {
        let title = format!("`{key}` of image `{}` is known already", image.name);
        let help = if own {
            "each of its `platforms` says it for itself"
        } else {
            "it is that of the image it is built on"
        };
        out.push(Finding::new(at.key(key), title).help(help));
    }
}

/// No image is built on itself, by any number of steps.
fn check_chain(image: &Image, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let mut layers = image.layers().len();
    let mut base = image.from.as_deref();
    for _ in 0..draft.images.len() {
        let Some(below) = base.and_then(|name| draft.images.get(name)) else {
            within(layers, &(0..=MOST_LAYERS), at.key("layers"), "the number of layers", out);
            return;
        };
        layers += below.layers().len();
        base = below.from.as_deref();
    }
    let title = format!("image `{}` is built on itself", image.name);
    out.push(Finding::new(at.key("from"), title));
}
