//! The files named on the command line, and all that is wrong with them.

use std::io::Read as _;

use crate::aws::json::Read;
use crate::cli::{Failure, colour_on_stderr};
use crate::scenario::load::Sources;
use crate::scenario::{Diagnostics, Problem};

/// Reads files, and gathers what is wrong with each.
#[derive(Default)]
pub(super) struct Files {
    errors: Vec<String>,
    stdin_is_read: bool,
}

impl Files {
    /// What a file says; none if it cannot be read, which is kept for [`Files::end`].
    pub fn read<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str, &str) -> Result<T, Diagnostics>,
    ) -> Option<T> {
        let shown = if name == "-" { "standard input" } else { name };
        let fail =
            |problem: Box<Problem>| Diagnostics::new(Sources::new(shown, "", &[]), vec![*problem]);
        let text = self.bytes(name).and_then(decoded).map_err(fail);
        let read = text.and_then(|text| parse(&text, shown));
        read.map_err(|problems| self.errors.push(problems.render(colour_on_stderr()))).ok()
    }

    /// # Errors
    /// All that was wrong with any of the files.
    pub fn end(self) -> Result<(), Failure> {
        if self.errors.is_empty() { Ok(()) } else { Err(Failure::Input(self.errors.join("\n"))) }
    }

    fn bytes(&mut self, name: &str) -> Read<Vec<u8>> {
        let unreadable = |error| Box::new(Problem::new(format!("this cannot be read: {error}")));
        if name != "-" {
            return std::fs::read(name).map_err(unreadable);
        }
        if std::mem::replace(&mut self.stdin_is_read, true) {
            let help = "name a file for all but one of the options";
            return Err(Problem::new("standard input can be read only once").help(help).into());
        }
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

/// The text of a file, without the mark that some editors put in front.
fn decoded(bytes: Vec<u8>) -> Read<String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let help = "in PowerShell, write it with `| Out-File -Encoding utf8 FILE` instead of `>`";
        return Err(Problem::new("this is UTF-16 text, not UTF-8").help(help).into());
    }
    let text = String::from_utf8(bytes).map_err(|_| Problem::new("this is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
