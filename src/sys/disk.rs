//! How much room a file system has.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Room of a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What this user may still write.
    pub free: u64,
    pub total: u64,
}

/// The room of the file system that holds this path.
///
/// # Errors
/// When the path is not there or may not be looked at.
pub fn room(path: &Path) -> io::Result<Room> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut found = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path is a C string that outlives the call, and statvfs fills the whole struct where it answers 0.
    let found = unsafe {
        if libc::statvfs(path.as_ptr(), found.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        found.assume_init()
    };
    // The fields' widths differ between machines.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    let (free, total, block) = (found.f_bavail as u64, found.f_blocks as u64, found.f_frsize as u64);
    Ok(Room { free: free.saturating_mul(block), total: total.saturating_mul(block) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_has_a_size_and_no_more_room_than_that() {
        let room = room(Path::new("/")).expect("the root is there");
        assert!(room.total > 0 && room.free <= room.total);
        assert!(super::room(Path::new("/no/such/place")).is_err());
    }
}
