//! Tables of a page: rows in groups, cells that may be sorted by and judged.

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub groups: Vec<Rows>,
    /// Whether rows may be put in the order of a column: not where rows are of different kinds.
    /// Rows are sorted within their group.
    pub sortable: bool,
}

/// A column and its head.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub title: String,
    /// Second line of the head; empty for none.
    pub note: String,
    pub align: Align,
}

/// Which side of a column its texts stand at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For figures.
    Right,
}

/// Rows that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// A row of its own above them; empty for none.
    pub title: String,
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Head of the row, which stays in sight when the table is scrolled aside.
    pub head: Cell,
    /// One for each further column.
    pub cells: Vec<Cell>,
}

/// A place in a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub text: String,
    /// What it is sorted by, if not its text.
    pub value: Option<f64>,
    pub mark: Option<Mark>,
}

/// What a value amounts to; shown by colour or weight beside what the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// An objective is met; a difference is for the better.
    Met,
    /// An objective is missed; a difference is for the worse.
    Missed,
    /// The best of several.
    Best,
}

impl Table {
    /// A table of one group of rows that can be sorted.
    pub fn sortable(columns: Vec<Column>, rows: Vec<Row>) -> Self {
        Self { columns, groups: vec![Rows { title: String::new(), rows }], sortable: true }
    }

    /// The head of a row and then its other cells: attributes and text.
    pub(super) fn head<'a>(&self, row: &'a Row) -> (String, &'a str) {
        (row.head.attributes(self.columns.first()), &row.head.text)
    }

    pub(super) fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (String, &'a str)> {
        let columns = self.columns.iter().skip(1).map(Some).chain(std::iter::repeat(None));
        let cells = row.cells.iter().zip(columns);
        cells.map(|(cell, column)| (cell.attributes(column), cell.text.as_str()))
    }
}

impl Column {
    /// A column of words.
    pub fn words(title: impl Into<String>) -> Self {
        Self { title: title.into(), note: String::new(), align: Align::Left }
    }

    /// A column of figures.
    pub fn figures(title: impl Into<String>) -> Self {
        Self { align: Align::Right, ..Self::words(title) }
    }

    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    pub(super) fn class(&self) -> &'static str {
        match self.align {
            Align::Left => " class=\"words\"",
            Align::Right => "",
        }
    }
}

impl Row {
    pub fn of(head: Cell, cells: Vec<Cell>) -> Self {
        Self { head, cells }
    }
}

impl Cell {
    /// Sorted by what it says.
    pub fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), value: None, mark: None }
    }

    /// Sorted by its value; what is not a number comes last.
    pub fn figure(text: impl Into<String>, value: f64) -> Self {
        Self { value: Some(value), ..Self::words(text) }
    }

    pub fn marked(self, mark: impl Into<Option<Mark>>) -> Self {
        Self { mark: mark.into(), ..self }
    }

    /// Attributes of its element in a column.
    fn attributes(&self, column: Option<&Column>) -> String {
        let mut classes = Vec::new();
        if column.is_some_and(|column| column.align == Align::Left) {
            classes.push("words");
        }
        classes.extend(self.mark.map(Mark::class));
        let mut attributes = match classes.as_slice() {
            [] => String::new(),
            classes => format!(" class=\"{}\"", classes.join(" ")),
        };
        if let Some(value) = self.value {
            attributes += &format!(" data-value=\"{value}\"");
        }
        attributes
    }
}

impl Mark {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Best => "best",
        }
    }
}
