//! The whole program as a user runs it, and what it used: processor time of all its threads, and
//! memory.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What runs have used.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// Processor time.
    pub time: Duration,
    /// The most memory that this one or one before it had, in bytes.
    pub memory: u64,
}

/// All programs that were waited for so far.
#[cfg(target_os = "linux")]
fn so_far() -> Used {
    use nix::sys::resource::{UsageWho, getrusage};

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a process may ask");
    let time = usage.user_time() + usage.system_time();
    let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
    // told in KiB
    let memory = usage.max_rss() as u64 * 1024;
    Used { time: Duration::from_micros(micros as u64), memory }
}

/// Wall-clock time, and nothing of memory, where the system does not tell.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "a benchmark reads a clock")]
fn so_far() -> Used {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    Used { time: START.get_or_init(std::time::Instant::now).elapsed(), memory: 0 }
}

/// Runs a scenario as `plimsoll run SCENARIO --no-report` does, with the results in `out`.
pub fn run(scenario: &Path, out: &Path) -> Used {
    let before = so_far();
    let ended = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("run")
        .arg(scenario)
        .args(["--no-report", "--quiet", "--out"])
        .arg(out)
        .output()
        .expect("the program can be started");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let after = so_far();
    Used { time: after.time - before.time, ..after }
}
