//! Markdown whose lines fit on a screen.

/// Width of a line, where nothing in it is longer.
const COLUMNS: usize = 100;

/// A page that grows at its end.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    /// Whether its last block is a list.
    in_list: bool,
}

impl Page {
    pub fn heading(&mut self, level: usize, title: &str) {
        self.separate();
        self.text += &format!("{} {title}\n", "#".repeat(level));
        self.in_list = false;
    }

    /// Paragraphs, as documentation divides them; nothing where there is nothing to say.
    pub fn paragraph(&mut self, text: &str) {
        for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            self.separate();
            self.wrapped("", "", &capitalised(paragraph));
            self.in_list = false;
        }
    }

    /// An item of a list, `depth` lists deep.
    pub fn item(&mut self, depth: usize, text: &str) {
        if !self.in_list {
            self.separate();
        }
        let indent = "  ".repeat(depth);
        self.wrapped(&format!("{indent}- "), &format!("{indent}  "), text);
        self.in_list = true;
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn separate(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn wrapped(&mut self, first: &str, others: &str, text: &str) {
        self.text += first;
        let mut columns = first.chars().count();
        let mut fresh = true;
        for word in text.split_whitespace() {
            let width = word.chars().count();
            if !fresh && columns + 1 + width > COLUMNS {
                self.text += &format!("\n{others}");
                columns = others.chars().count();
                fresh = true;
            }
            if !fresh {
                self.text.push(' ');
                columns += 1;
            }
            self.text += word;
            columns += width;
            fresh = false;
        }
        self.text.push('\n');
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a link to a heading is, GitHub's way: in lower case, spaces as hyphens, no punctuation.
pub(super) fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}
