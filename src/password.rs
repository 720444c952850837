//! Passwords and secrets: Argon2id, on a bounded number of threads, so that a crowd at the door waits instead of filling memory.
//!
//! A hash takes 19 MiB while it is made (OWASP's least for Argon2id); two at a time are the most.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use ring::digest::{SHA256, digest};
use std::sync::Arc;
use tokio::sync::Semaphore;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const AT_ONCE: usize = 2;

/// The door to hashing; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// Checked when nobody of that name is there, so that the answer takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    /// `salt` is 16 random bytes for the hash that belongs to nobody.
    pub fn new(salt: [u8; 16]) -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), nobody: hash_here("nobody's password", salt).into() }
    }

    /// Hashes a password with a random salt.
    pub async fn hash(&self, password: String, salt: [u8; 16]) -> String {
        self.run(move || hash_here(&password, salt)).await.unwrap_or_default()
    }

    /// Whether one of these hashes is of that password; takes a hash's time even when there is none.
    pub async fn find<T: Send + 'static>(&self, candidates: Vec<(T, String)>, password: String) -> Option<T> {
        let nobody = self.nobody.clone();
        let found = self.run(move || {
            if candidates.is_empty() {
                is_of(&nobody, &password);
            }
            candidates.into_iter().find(|(_, hash)| is_of(hash, &password)).map(|(who, _)| who)
        });
        found.await.flatten()
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _permit = self.permits.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

fn engine() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// SHA-256 of a random secret (cookie, link): only this is ever stored or looked up. For passwords it would be far too fast.
pub fn secret_hash(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}

/// Hashes on the calling thread, for the command line.
pub fn hash_here(password: &str, salt: [u8; 16]) -> String {
    let hashed: Result<PasswordHash, _> = engine().hash_password_with_salt(password.as_bytes(), &salt);
    hashed.map(|hash| hash.to_string()).unwrap_or_default()
}

fn is_of(hash: &str, password: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    engine().verify_password(password.as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_is_known_again_and_no_other() {
        let passwords = Passwords::new([1; 16]);
        let hash = passwords.hash("three quiet lamps".into(), [7; 16]).await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.find(vec![(1, hash.clone())], "three quiet lamps".into()).await, Some(1));
        assert_eq!(passwords.find(vec![(1, hash)], "three loud lamps".into()).await, None);
        assert_eq!(passwords.find(Vec::<(i32, String)>::new(), "x".into()).await, None);
    }
}
