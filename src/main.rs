//! Arguments in, exit code out.

fn main() -> std::process::ExitCode {
    alongside::sys::restrict_name_lookups();
    alongside::sys::tune_allocator();
    alongside::sys::keep_private();
    alongside::sys::survive_large_files();
    alongside::cli::run()
}
