//! The whole program as a user runs it, and what it used: processor time of all its threads, and
//! memory.

use std::ffi::OsStr;
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

/// Runs the program with these arguments; what it printed, and what it used.
pub fn run(arguments: &[&dyn AsRef<OsStr>]) -> (String, Used) {
    let before = so_far();
    let ended = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments.iter().map(|argument| argument.as_ref()))
        .output()
        .expect("the program can be started");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let after = so_far();
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    (printed, Used { time: after.time - before.time, ..after })
}
