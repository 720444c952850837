//! The only place that talks to the C library by hand: the allocator, name look-ups, room on the disk, batches of datagrams,
//! sockets that a service manager hands over, and waiting for sockets.
//!
//! Every `unsafe` block of the crate is below here, in files small enough to be read in one sitting, each with its reason. What
//! the standard library, `socket2` or `tokio` can do stays with them.
#![allow(unsafe_code)]

pub mod datagram;
pub mod disk;
pub mod handed;
pub mod poll;

use std::io::{self, IsTerminal};
use std::time::Duration;

/// Makes glibc give large blocks back to the kernel: argon2's 19 MiB must not stay in the process after a login.
///
/// Pages, some of which have hundreds of KiB, stay below the threshold: memory that is asked of the kernel anew for each of them
/// costs more than making the page. Setting the thresholds also stops glibc from raising them by itself. Two arenas are enough for
/// a server whose work waits on sockets, and each arena keeps its own leftovers. To be called before the first thread starts;
/// elsewhere than glibc a no-op.
pub fn tune_allocator() {
    #[cfg(target_env = "gnu")]
    {
        const KIB: libc::c_int = 1024;
        // SAFETY: mallopt takes two integers, touches only glibc's own settings and is documented as callable at any time.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 2048 * KIB);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 4096 * KIB);
            libc::mallopt(libc::M_ARENA_MAX, 2);
        }
    }
}

/// Gives memory that is free inside glibc's heaps back to the kernel; elsewhere than glibc a no-op.
///
/// A crowd that has left leaves holes between what stays, and glibc by itself gives back only what lies at a heap's end.
pub fn give_back_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: malloc_trim takes no pointer, locks each heap itself and is documented as safe beside other threads.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Makes a write beyond the limit of a file's size an error like that of a full disk; the kernel's usual answer ends the process.
pub fn survive_large_files() {
    // SAFETY: it sets one signal to be ignored, before any thread is started; no handler of ours runs.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// The limit of open files at this moment.
pub fn open_files_limit() -> Option<u64> {
    let mut limit = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: it is given a whole rlimit64 that outlives the call.
    let known = unsafe { libc::getrlimit64(libc::RLIMIT_NOFILE, &raw mut limit) } == 0;
    known.then_some(limit.rlim_cur)
}

/// Raises the limit of open files to what the system allows: every open page of a member is one, and the usual start is 1024.
pub fn raise_open_files() {
    let mut limit = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls are given a whole rlimit64 that outlives them, and change nothing but this process's limit.
    unsafe {
        if libc::getrlimit64(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit64(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

/// Makes every file that is created from here on readable by its owner only: the database holds what members trust us with.
pub fn keep_private() {
    // SAFETY: umask takes a mode and touches no memory; it is called before any thread is started.
    unsafe { libc::umask(0o077) };
}

/// Keeps a statically linked binary from loading the host's name service plug-ins, which crash it where glibc's version differs.
///
/// Must be the first statement of `main`. `/etc/hosts` and DNS answer afterwards; `.local` names from a plug-in do not. A
/// dynamically linked binary keeps what the machine has configured.
pub fn restrict_name_lookups() {
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    {
        unsafe extern "C" {
            fn __nss_configure_lookup(database: *const libc::c_char, services: *const libc::c_char) -> libc::c_int;
        }
        // SAFETY: both arguments are C strings that live for ever; glibc copies them, and no look-up runs before main's first line.
        unsafe {
            __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr());
        }
    }
}

/// The processor's time that the calling thread has taken so far.
pub fn thread_time() -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it is given a whole timespec that outlives the call, and a clock that every thread has.
    let known = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) } == 0;
    if !known {
        return None;
    }
    // On machines of 32 bits both are narrower.
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

/// What this machine calls itself. Asked of the kernel and not of `/proc`, of which a sandbox may show next to nothing.
pub fn host_name() -> Option<String> {
    let mut name = [0_u8; 256];
    // SAFETY: the buffer is ours and its length is told; the last byte stays 0 whatever is written before it.
    let done = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    let end = name.iter().position(|byte| *byte == 0)?;
    (done == 0).then(|| String::from_utf8_lossy(&name[..end]).into_owned())
}

/// Whether a person reads what is printed.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuning_and_restricting_are_harmless_to_repeat() {
        tune_allocator();
        tune_allocator();
        restrict_name_lookups();
    }
}
