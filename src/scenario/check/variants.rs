//! `[[variant]]`: names that tell them apart, and paths that can be varied. Whether the values fit
//! where they are put is found by putting them there.

use super::Finding;
use super::names::check_folder_name;
use super::sweep::check_path;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::variant::BASE;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, name) in draft.variants.names().filter(|(_, name)| !name.is_empty()) {
        let at = Path::element("variant", index).key("name");
        if name == BASE {
            let title = "`base` is the scenario without any variant";
            out.push(Finding::new(at, title).help("call the variant after what it changes"));
        } else {
            check_folder_name(name, at, "the name of a variant", out);
        }
    }
    for (index, variant) in draft.variants.iter() {
        let at = Path::element("variant", index).key("set");
        if variant.set.is_empty() {
            let title = "the variant changes nothing";
            let finding = Finding::new(at.clone(), title);
            out.push(finding.help("such as `set = { \"app.web.replicas\" = 8 }`"));
        }
        for path in variant.set.keys() {
            check_path(path, "variant", &at.key(path.clone()), out);
        }
    }
}
