//! Memory beyond what a machine has, on a system that pages to disk instead of killing: Windows.
//!
//! Windows backs all that processes commit by memory or by its page file, and kills nobody; what is
//! beyond memory is on the disk, and processes wait for what they touch of it (Kubernetes
//! documentation, "Resource Management for Windows nodes"; Amazon EKS Best Practices, "Avoiding OOM
//! errors").
//!
//! How slow that makes them depends on what they touch when, which nobody says of an app. It is
//! taken here that in half a minute of work everything is touched once, as of guests that a
//! hypervisor swaps, and that any page is as likely on the disk as any other. Then what is beyond
//! memory is read once in that time, page by page, as fast as the disk reads:
//!
//! ```text
//!   factor = 1 + (paged / 4 KiB) / (operations a second x 30 s)
//! ```
//!
//! A lower bound: hot pages are touched more often, writing pages out takes operations too, and a
//! single thread waits for one page at a time. Not modelled: a page file that is full, of which
//! every allocation would fail; the kubelet of a node evicts before that.

use crate::engine::SimDuration;
use crate::units::{Bytes, Rate};

/// Size of a page.
const PAGE: f64 = 4096.0;
/// Seconds within which everything in use is touched once: what "active" means to a hypervisor
/// (`hypervisor/memory.rs`).
const SAMPLING: f64 = 30.0;
const GIB: u64 = 1 << 30;

/// How often Windows looks at what is in memory: its balance set manager wakes once a second
/// (Windows Internals, "Memory management").
pub const LOOK: SimDuration = SimDuration::from_secs(1);

/// How large the page file of a machine becomes that Windows manages: three times the memory and 4
/// GiB at least, an eighth of its volume at most (Microsoft, "Introduction to page files"). It
/// grows when nine tenths of what can be committed are, before anything fails.
pub fn page_file(memory: Bytes, volume: Bytes) -> Bytes {
    let wanted = memory.0.saturating_mul(3).max(4 * GIB);
    Bytes(wanted.min(volume.0 / 8))
}

/// How many times as long work takes with so much of the memory in use on a disk that does so many
/// operations a second.
pub fn slowdown(paged: Bytes, operations: Rate) -> f64 {
    let pages = paged.0 as f64 / PAGE;
    1.0 + pages / (operations.0 * SAMPLING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_file_is_bounded_by_its_volume() {
        let file = |memory, volume| page_file(Bytes(memory * GIB), Bytes(volume * GIB)).0;
        assert_eq!(file(8, 1000), 24 * GIB);
        assert_eq!(file(1, 1000), 4 * GIB);
        // 6.25 GiB of the root volume of an EKS node
        assert_eq!(file(8, 50), 50 * GIB / 8);
    }

    /// 512 MiB are 131,072 pages: 43.7 s of a volume with 3000 IOPS, every 30 s.
    #[test]
    fn work_waits_for_the_pages_that_it_touches() {
        let slow = slowdown(Bytes(512 << 20), Rate(3000.0));
        assert!((slow - (1.0 + 131_072.0 / 90_000.0)).abs() < 1e-12, "{slow}");
        assert_eq!(slowdown(Bytes(0), Rate(3000.0)), 1.0);
    }
}
