//! A backup that a passphrase locks: Argon2id makes the key, ChaCha20-Poly1305 seals it in pieces that can be read as a stream.
//!
//! Each piece has its number and the last one a mark in its nonce (the STREAM construction), so that none can be dropped, repeated,
//! exchanged or cut off unseen. Nothing of a piece is given out before it was found whole.

use argon2::{Algorithm, Argon2, Params, Version};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::io::{self, Read, Write};

/// How a locked backup begins.
pub const MAGIC: &[u8; 20] = b"alongside-sealed-1\n\0";
const SALT: usize = 16;
/// Clear bytes of one piece.
const PIECE: usize = 64 << 10;
const TAG: usize = 16;
/// The error's kind when not even the first piece opens; its text is a sentence.
pub const SHUT: io::ErrorKind = io::ErrorKind::PermissionDenied;
/// 64 MiB, three times: a fifth of a second here, and far too long for whoever has to guess.
const MEMORY_KIB: u32 = 64 << 10;
const TIMES: u32 = 3;

/// Seals what is written to it.
pub struct Sealer<W: Write> {
    into: W,
    key: LessSafeKey,
    piece: Vec<u8>,
    number: u32,
}

impl<W: Write> Sealer<W> {
    /// Begins; the salt is to be fresh for each backup.
    ///
    /// # Errors
    /// When the writer refuses.
    pub fn begin(mut into: W, passphrase: &str, salt: [u8; SALT]) -> io::Result<Self> {
        into.write_all(MAGIC)?;
        into.write_all(&salt)?;
        Ok(Self { into, key: key_of(passphrase, salt)?, piece: Vec::with_capacity(PIECE + TAG), number: 0 })
    }

    /// Seals the last piece. Without it the backup counts as cut off.
    ///
    /// # Errors
    /// When the writer refuses.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.into.flush()?;
        Ok(self.into)
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        self.key.seal_in_place_append_tag(nonce(self.number, last), Aad::empty(), &mut self.piece).map_err(|_| broken())?;
        self.into.write_all(&self.piece)?;
        self.piece.clear();
        self.number = self.number.checked_add(1).ok_or_else(broken)?;
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE {
            self.seal(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what [`Sealer`] sealed; to be begun behind [`MAGIC`].
pub struct Opener<R: Read> {
    from: R,
    key: LessSafeKey,
    /// The piece that is read next, and one byte beyond it that says whether another follows.
    sealed: Vec<u8>,
    clear: Vec<u8>,
    at: usize,
    number: u32,
    ended: bool,
}

impl<R: Read> Opener<R> {
    /// Begins.
    ///
    /// # Errors
    /// When the reader ends too early.
    pub fn begin(mut from: R, passphrase: &str) -> io::Result<Self> {
        let mut salt = [0; SALT];
        from.read_exact(&mut salt)?;
        let key = key_of(passphrase, salt)?;
        Ok(Self { from, key, sealed: Vec::new(), clear: Vec::new(), at: 0, number: 0, ended: false })
    }

    fn open_next(&mut self) -> io::Result<()> {
        let wanted = PIECE + TAG + 1;
        let missing = (wanted - self.sealed.len()) as u64;
        (&mut self.from).take(missing).read_to_end(&mut self.sealed)?;
        let last = self.sealed.len() < wanted;
        let beyond = if last { None } else { self.sealed.pop() };
        self.clear.clear();
        self.clear.append(&mut self.sealed);
        self.sealed.extend(beyond);
        let wrong = || match self.number {
            0 => io::Error::new(SHUT, "The passphrase does not open this backup; if it is the right one, the backup is damaged."),
            _ => io::Error::new(io::ErrorKind::InvalidData, "a piece of it is not what was locked"),
        };
        let open = self.key.open_in_place(nonce(self.number, last), Aad::empty(), &mut self.clear).map_err(|_| wrong())?.len();
        self.clear.truncate(open);
        (self.at, self.ended) = (0, last);
        self.number = self.number.checked_add(1).ok_or_else(broken)?;
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.clear.len() {
            if self.ended {
                return Ok(0);
            }
            self.open_next()?;
        }
        let given = into.len().min(self.clear.len() - self.at);
        into[..given].copy_from_slice(&self.clear[self.at..self.at + given]);
        self.at += given;
        Ok(given)
    }
}

fn nonce(number: u32, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[7..11].copy_from_slice(&number.to_be_bytes());
    bytes[11] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

fn key_of(passphrase: &str, salt: [u8; SALT]) -> io::Result<LessSafeKey> {
    let params = Params::new(MEMORY_KIB, TIMES, 1, Some(32)).map_err(|_| broken())?;
    let mut key = [0; 32];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.as_bytes(), &salt, &mut key).map_err(|_| broken())?;
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| broken())?))
}

fn broken() -> io::Error {
    io::Error::other("the backup could not be locked or unlocked")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(clear: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::begin(Vec::new(), "three old spoons", [5; SALT]).expect("begun");
        sealer.write_all(clear).expect("written");
        sealer.finish().expect("sealed")
    }

    fn opened(sealed: &[u8], passphrase: &str) -> io::Result<Vec<u8>> {
        let mut clear = Vec::new();
        Opener::begin(&sealed[MAGIC.len()..], passphrase)?.read_to_end(&mut clear)?;
        Ok(clear)
    }

    #[test]
    fn what_was_sealed_opens_with_the_passphrase_and_with_no_other() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE] {
            let clear: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let sealed = sealed(&clear);
            assert!(opened(&sealed, "three old spoons").expect("open") == clear, "{length}");
        }
        let wrong = opened(&sealed(b"x"), "four old spoons").expect_err("it stays shut");
        assert_eq!(wrong.kind(), SHUT);
    }

    #[test]
    fn a_piece_that_is_missing_exchanged_or_bent_is_seen() {
        let whole = sealed(&vec![9; 3 * PIECE]);
        let (head, piece) = (MAGIC.len() + SALT, PIECE + TAG);
        let mut cut = whole.clone();
        cut.truncate(head + piece);
        let mut exchanged = whole.clone();
        exchanged[head..head + 2 * piece].rotate_left(piece);
        let mut bent = whole.clone();
        bent[head + piece + 3] ^= 1;
        for odd in [cut, exchanged, bent] {
            assert!(opened(&odd, "three old spoons").is_err());
        }
    }
}
