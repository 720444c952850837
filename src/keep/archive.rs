//! The archive of a backup: a tar of plain files, gzipped, with a manifest at its head that says what belongs in it.
//!
//! Writing takes files as they are. Reading believes nothing: names are plain, sizes bounded, every byte is held against the manifest's
//! SHA-256, and what is not in the manifest is refused. Nothing is written outside the folder that was named. Links, devices and
//! sparse files do not exist here.

use super::manifest::{Entry, Manifest, is_plain_name};
use super::sealed::SHUT;
use crate::sys;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

const BLOCK: usize = 512;
/// The manifest's own name, the first entry.
const MANIFEST: &str = "manifest.json";
/// A longer manifest is none.
const MANIFEST_MOST: u64 = 256 << 10;

/// Room that unpacking leaves free, in bytes.
const LEFT_FREE: u64 = 8 << 20;

/// Writes an archive of these files of a folder; the manifest's entries say which, in order. Gives the inner writer back.
///
/// # Errors
/// When a file changed its size meanwhile, or the writer refuses.
pub fn write<W: Write>(manifest: &Manifest, folder: impl Fn(&Entry) -> std::path::PathBuf, into: W) -> io::Result<W> {
    let mut packed = GzEncoder::new(into, Compression::fast());
    let head = serde_json::to_vec_pretty(manifest).map_err(io::Error::other)?;
    packed.write_all(&header(MANIFEST, head.len() as u64, manifest.made_at)?)?;
    packed.write_all(&head)?;
    pad(&mut packed, head.len() as u64)?;
    for entry in &manifest.files {
        packed.write_all(&header(&entry.name, entry.size, manifest.made_at)?)?;
        let mut file = File::open(folder(entry))?.take(entry.size);
        if io::copy(&mut file, &mut packed)? != entry.size {
            return Err(io::Error::other(format!("{} became shorter meanwhile", entry.name)));
        }
        pad(&mut packed, entry.size)?;
    }
    packed.write_all(&[0; 2 * BLOCK])?;
    packed.finish()
}

fn pad(into: &mut impl Write, size: u64) -> io::Result<()> {
    into.write_all(&[0; BLOCK][..padding(size)])
}

fn padding(size: u64) -> usize {
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

/// A ustar header of a plain file that its owner alone may read.
fn header(name: &str, size: u64, made_at: i64) -> io::Result<[u8; BLOCK]> {
    if !is_plain_name(name) {
        return Err(io::Error::other(format!("{name:?} is no name for a file of a backup")));
    }
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000600");
    put(108, "0000000");
    put(116, "0000000");
    // Eleven octal digits: eight GiB, beyond which [`super::manifest`] lets nothing come.
    put(124, &format!("{size:011o}"));
    put(136, &format!("{:011o}", made_at.clamp(0, 0o77_777_777_777)));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    Ok(block)
}

/// Unpacks an archive into a folder, which is made; everything in it is then known to be as it was when it was saved.
///
/// # Errors
/// One sentence: what is wrong with the archive, or with the disk.
pub fn unpack(from: impl Read, into: &Path) -> Result<Manifest, String> {
    let mut tar = BufReader::new(GzDecoder::new(from));
    let (name, size) = next(&mut tar)?.ok_or("The archive is empty.")?;
    if name != MANIFEST || size > MANIFEST_MOST {
        return Err("This is no backup of Alongside: its manifest is missing.".to_owned());
    }
    let mut text = vec![0; size as usize];
    read_all(&mut tar, &mut text)?;
    skip_padding(&mut tar, size)?;
    let manifest = Manifest::read(&text)?;
    let made = |e: io::Error| format!("{} cannot be written: {e}.", into.display());
    DirBuilder::new().recursive(true).mode(0o700).create(into).map_err(made)?;
    fits(&manifest, into)?;
    for wanted in &manifest.files {
        let (name, size) = next(&mut tar)?.ok_or("The archive is cut off.")?;
        if name != wanted.name || size != wanted.size {
            return Err(format!("The archive holds {name} where its manifest says {}.", wanted.name));
        }
        one(&mut tar, wanted, into)?;
        skip_padding(&mut tar, size)?;
    }
    if next(&mut tar)?.is_some() {
        return Err("The archive holds more than its manifest says.".to_owned());
    }
    // To the end, so that the checksum of the compression is looked at too; what follows is bounded by what is left of a block.
    let rest = io::copy(&mut tar.take(1 << 20), &mut io::sink()).map_err(|e| damaged(&e))?;
    if rest >= 1 << 20 { Err("The archive does not end where it should.".to_owned()) } else { Ok(manifest) }
}

/// Refuses before a byte is written what would fill the disk.
fn fits(manifest: &Manifest, into: &Path) -> Result<(), String> {
    let room = sys::disk::room(into).map_err(|e| format!("{} cannot be written: {e}.", into.display()))?;
    let wanted = manifest.files.iter().map(|entry| entry.size).sum::<u64>().saturating_add(LEFT_FREE);
    if wanted <= room.free {
        return Ok(());
    }
    let (wanted, free) = (wanted.div_ceil(1 << 20), room.free >> 20);
    Err(format!("There is too little room in {}: the backup takes {wanted} MiB, and {free} are free.", into.display()))
}

fn one(tar: &mut impl Read, wanted: &Entry, into: &Path) -> Result<(), String> {
    let path = into.join(&wanted.name);
    let made = |e: io::Error| format!("{} cannot be written: {e}.", path.display());
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(made)?;
    }
    // Nothing is written over, and no link is followed: the folder is ours and was empty.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(made)?;
    let (mut left, mut hash, mut part) = (wanted.size, Context::new(&SHA256), vec![0; 64 << 10]);
    while left > 0 {
        let most = part.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let got = tar.read(&mut part[..most]).map_err(|e| damaged(&e))?;
        if got == 0 {
            return Err("The archive is cut off.".to_owned());
        }
        hash.update(&part[..got]);
        file.write_all(&part[..got]).map_err(made)?;
        left -= got as u64;
    }
    file.sync_all().map_err(made)?;
    let found = data_encoding::HEXLOWER.encode(hash.finish().as_ref());
    if found == wanted.sha256 {
        Ok(())
    } else {
        Err(format!("{} in the archive is not what was saved: it is damaged.", wanted.name))
    }
}

/// Name and size of the next file; `None` at the end.
fn next(tar: &mut impl Read) -> Result<Option<(String, u64)>, String> {
    let mut block = [0; BLOCK];
    read_all(tar, &mut block)?;
    if block.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let odd = || "This is no backup of Alongside.".to_owned();
    let field = |from: usize, to: usize| block[from..to].split(|byte| *byte == 0).next().unwrap_or_default();
    let octal = |from, to| {
        let text = str::from_utf8(field(from, to)).ok()?.trim_matches(' ');
        u64::from_str_radix(text, 8).ok()
    };
    let sum = octal(148, 156).ok_or_else(odd)?;
    let counted: u64 = (0..BLOCK).map(|n| if (148..156).contains(&n) { 32 } else { u64::from(block[n]) }).sum();
    if sum != counted || block[156] != b'0' || block[257..262] != *b"ustar" || block[345] != 0 {
        return Err(odd());
    }
    let name = str::from_utf8(field(0, 100)).map_err(|_| odd())?.to_owned();
    if !is_plain_name(&name) {
        return Err(format!("The archive holds a file named {name:?}, which no backup has."));
    }
    Ok(Some((name, octal(124, 136).ok_or_else(odd)?)))
}

fn read_all(tar: &mut impl Read, into: &mut [u8]) -> Result<(), String> {
    tar.read_exact(into).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => "The archive is cut off.".to_owned(),
        io::ErrorKind::InvalidInput => "This is no backup of Alongside: it is not compressed as one is.".to_owned(),
        _ => damaged(&e),
    })
}

fn damaged(e: &io::Error) -> String {
    if e.kind() == SHUT { e.to_string() } else { format!("The archive is damaged: {e}.") }
}

fn skip_padding(tar: &mut impl Read, size: u64) -> Result<(), String> {
    let mut padding_read = [0; BLOCK];
    read_all(tar, &mut padding_read[..padding(size)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Dice;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("alongside-archive-{}", Dice.word::<6>()));
        std::fs::create_dir(&folder).expect("a folder");
        folder
    }

    fn packed(folder: &Path) -> Vec<u8> {
        std::fs::create_dir_all(folder.join("acme")).expect("a folder");
        std::fs::write(folder.join("ca.pem"), "a certificate").expect("a file");
        std::fs::write(folder.join("acme/account.json"), vec![7; 1024]).expect("a file");
        std::fs::write(folder.join("alongside.db"), "a database").expect("a file");
        let files = ["alongside.db", "ca.pem", "acme/account.json"].map(|name| Entry::of(folder, name).expect("an entry"));
        let manifest = Manifest::over(files.into(), 1_800_000_000, 2);
        write(&manifest, |entry| folder.join(&entry.name), Vec::new()).expect("packed")
    }

    #[test]
    fn what_was_packed_comes_out_as_it_was() {
        let (from, to) = (folder(), folder());
        let archive = packed(&from);
        let manifest = unpack(&archive[..], &to.join("out")).expect("unpacked");
        assert_eq!(manifest.files.len(), 3);
        assert_eq!(std::fs::read(to.join("out/acme/account.json")).expect("there"), vec![7; 1024]);
        for folder in [from, to] {
            std::fs::remove_dir_all(folder).expect("gone");
        }
    }

    #[test]
    fn the_system_s_own_tar_can_read_it() {
        let from = folder();
        let archive = packed(&from);
        std::fs::write(from.join("x.tar.gz"), archive).expect("a file");
        let listed = std::process::Command::new("tar").arg("-tzf").arg(from.join("x.tar.gz")).output().expect("tar runs");
        assert_eq!(String::from_utf8_lossy(&listed.stdout), "manifest.json\nalongside.db\nca.pem\nacme/account.json\n");
        std::fs::remove_dir_all(from).expect("gone");
    }

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_refused() {
        for name in ["../x", "/etc/passwd", "a/../../x", "", ".", "a//b", "x\0y", "-x", "a/b/c/d/e", &"x".repeat(101)] {
            assert!(header(name, 1, 0).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_cut_is_seen_wherever_it_is() {
        let (from, to) = (folder(), folder());
        let archive = packed(&from);
        for (n, length) in (0..archive.len() - 8).step_by(7).enumerate() {
            assert!(unpack(&archive[..length], &to.join(n.to_string())).is_err(), "cut after {length}");
        }
        for folder in [from, to] {
            std::fs::remove_dir_all(folder).expect("gone");
        }
    }

    #[test]
    fn what_would_fill_the_disk_is_refused_before_a_byte_is_written() {
        let to = folder();
        let room = sys::disk::room(&to).expect("a disk").free;
        let claims = |size| {
            let files = (0..2).map(|n| Entry { name: format!("{n}"), size, sha256: String::new() }).collect();
            fits(&Manifest::over(files, 0, 1), &to)
        };
        assert_eq!(claims(1), Ok(()));
        assert!(claims(room).expect_err("too large").contains("too little room"));
        assert!(claims(u64::MAX / 2).is_err());
        std::fs::remove_dir_all(to).expect("gone");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic_or_write_outside(bytes in proptest::collection::vec(any::<u8>(), 0..2000), gzipped in any::<bool>()) {
            let to = folder();
            let bytes = if gzipped {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(&bytes).expect("in memory");
                packed.finish().expect("in memory")
            } else {
                bytes
            };
            prop_assert!(unpack(&bytes[..], &to.join("out")).is_err());
            std::fs::remove_dir_all(to).expect("gone");
        }
    }
}
