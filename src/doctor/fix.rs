//! What can be mended without a question: a directory that is not there, and files that others may look at.
//!
//! Nothing is deleted, nothing is stopped, and nobody's data is touched but by who may read it.

use super::{Patient, data};
use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

/// Mends what is safe to mend, and says each thing in a sentence.
pub fn fix(patient: &Patient) -> Vec<String> {
    let dir = &patient.config.data_dir;
    let mut done = Vec::new();
    if data::shut(&patient.config).is_some() {
        return done;
    }
    if !dir.exists() {
        match DirBuilder::new().recursive(true).mode(0o700).create(dir) {
            Ok(()) => done.push(format!("Made {}.", dir.display())),
            Err(error) => done.push(format!("{} can't be made: {error}.", dir.display())),
        }
    }
    for path in data::too_open(dir) {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        match std::fs::set_permissions(&path, Permissions::from_mode(mode)) {
            Ok(()) => done.push(format!("Closed {} to others.", path.display())),
            Err(error) => done.push(format!("{} can't be closed to others: {error}.", path.display())),
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::super::Server;
    use super::*;
    use crate::clock::Dice;
    use crate::config::{Config, Written};
    use crate::domain::time::Timestamp;

    #[test]
    fn a_directory_is_made_and_closed_and_then_there_is_nothing_to_mend() {
        let dir = std::env::temp_dir().join(format!("alongside-fix-{}", Dice.word::<6>()));
        let written = Written { data_dir: Some(dir.clone()), ..Written::default() };
        let config = Config::meant(written, &|_| None).expect("it means something");
        let patient = Patient { config, port: 1, server: Server::Stopped, now: Timestamp(0), machine_now: Timestamp(0) };
        assert_eq!(fix(&patient), [format!("Made {}.", dir.display())]);
        let key = dir.join("ca.key");
        std::fs::write(&key, "x").expect("a file");
        std::fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("a mode");
        assert_eq!(fix(&patient), [format!("Closed {} to others.", key.display())]);
        assert_eq!(std::fs::metadata(&key).expect("there").permissions().mode() & 0o777, 0o600);
        assert!(fix(&patient).is_empty());
        std::fs::remove_dir_all(dir).expect("gone");
    }
}
