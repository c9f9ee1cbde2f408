//! `events.jsonl.gz`: what is in `events.jsonl`, compressed, where that would be very large.
//!
//! It is a row of parts that are compressed by themselves (RFC 1952, section 2.2: a file is a series
//! of members), so that several cores can make them. What is in a part depends on events alone.

use std::io::{self, BufWriter, Write};

use flate2::{Compression, write::GzEncoder};
use rayon::prelude::*;

use super::Shown;
use super::file::{Told, in_order, write_line};

/// Name of the file in a folder of results.
pub const NAME: &str = "events.jsonl.gz";

/// Lines of a part.
const PART: usize = 1 << 15;

/// Parts that are made before they are written.
const AT_ONCE: usize = 16;

/// Writes the events of all clusters.
pub(super) fn write(out: &mut impl Write, clusters: &[Shown<'_>]) -> io::Result<()> {
    let mut all = in_order(clusters).peekable();
    while all.peek().is_some() {
        let some: Vec<Told<'_>> = all.by_ref().take(PART * AT_ONCE).collect();
        let parts: Vec<io::Result<Vec<u8>>> = some.par_chunks(PART).map(part).collect();
        for part in parts {
            out.write_all(&part?)?;
        }
    }
    Ok(())
}

fn part(told: &[Told<'_>]) -> io::Result<Vec<u8>> {
    // each write costs the encoder 32 KiB of zeros, however small it is
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut lines = BufWriter::with_capacity(1 << 16, encoder);
    told.iter().try_for_each(|told| write_line(&mut lines, told))?;
    lines.into_inner()?.finish()
}
