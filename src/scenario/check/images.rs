//! `[[image]]`: images whose layers are what their digests say.

use std::collections::BTreeMap;

use super::Finding;
use super::ranges::within;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::units::Bytes;

/// Most layers of an image (overlay2 of Docker: 128 with the writable one).
const MOST_LAYERS: usize = 127;

/// Size and unpacked size of a layer, and where it stands.
type Content = (Bytes, Option<Bytes>, Path);

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    let mut contents: BTreeMap<&str, Content> = BTreeMap::new();
    for (index, image) in draft.images.iter() {
        let at = Path::element("image", index).key("layers");
        let count = image.layers.len();
        within(count, &(0..=MOST_LAYERS), at.clone(), "the number of layers", out);
        for (index, layer) in image.layers.iter().enumerate() {
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
}
