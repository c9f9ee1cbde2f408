//! The script of the page, and the hash by which the page's policy allows it and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// What stands between the tags, to the byte: the hash is of all of it.
pub const SCRIPT: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("../templates/script/quantity.js"),
    include_str!("../templates/script/ticks.js"),
    include_str!("../templates/script/tip.js"),
    include_str!("../templates/script/plot.js"),
    include_str!("../templates/script/lines.js"),
    include_str!("../templates/script/spots.js"),
    include_str!("../templates/script/table.js"),
    include_str!("../templates/script/start.js"),
    "})();\n"
);

/// The hash as a content security policy states it.
pub fn hash() -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(SCRIPT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_can_stand_in_a_page_as_it_is() {
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        // a page's line ends are normalised before it is hashed
        assert!(!SCRIPT.contains('\r'));
    }
}
