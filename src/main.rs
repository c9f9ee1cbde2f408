//! The `plimsoll` command.

/// Simulations side by side allocate and free all the time. The system's allocator gives memory
/// back to the system as often, which stops all threads of the process for a moment each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    plimsoll::cli::main()
}
