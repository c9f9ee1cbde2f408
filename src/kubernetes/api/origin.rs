//! Where an object was written, for messages.

use std::fmt;
use std::sync::Arc;

/// Place of an object in a file of manifests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// Number of the document in the file, from 1; empty documents count. 0 is the whole file.
    pub document: usize,
    /// Number of the item in a `kind: List` or a typed list, from 1.
    pub item: Option<usize>,
    /// Line on which the document begins, from 1, where known.
    pub line: Option<usize>,
}

impl Origin {
    /// The first document of a file.
    pub fn file(name: &str) -> Self {
        Self { file: name.into(), document: 1, item: None, line: None }
    }

    /// A file as a whole.
    pub fn whole(name: &str) -> Self {
        Self { document: 0, ..Self::file(name) }
    }

    /// An item of this document, counted from 1.
    pub fn item(&self, number: usize) -> Self {
        Self { item: Some(number), ..self.clone() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.document > 0 {
            write!(f, ", document {}", self.document)?;
        }
        match self.item {
            Some(item) => write!(f, ", item {item}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_reads_like_directions() {
        let document = Origin { document: 2, ..Origin::file("pods.yaml") };
        assert_eq!(document.to_string(), "pods.yaml, document 2");
        assert_eq!(document.item(7).to_string(), "pods.yaml, document 2, item 7");
    }
}
