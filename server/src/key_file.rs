//! Files of secret keys: 64 hexadecimal digits that nobody else may read, made when first wanted. Where such a file may
//! lie is decided by those who use it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// A key, and whether it was made now.
pub(crate) struct Key {
    /// Its bytes.
    pub(crate) bytes: [u8; 32],
    /// There was no file before.
    pub(crate) is_new: bool,
}

/// Reads a key, or makes it where there is no file yet.
///
/// # Errors
/// Why there is none, for people.
pub(crate) fn load(path: &Path) -> Result<Key, String> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let mode = fs::metadata(path).map_err(|error| error.to_string())?.permissions().mode();
            if mode & 0o077 != 0 {
                tracing::warn!(path = %path.display(), "others may read this key: chmod 600");
            }
            let bytes = read(text.trim_end()).ok_or("64 hexadecimal digits are wanted")?;
            Ok(Key { bytes, is_new: false })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let bytes: [u8; 32] = rand::random();
            make(path, bytes).map_err(|error| format!("cannot make it: {error}"))?;
            Ok(Key { bytes, is_new: true })
        }
        Err(error) => Err(format!("cannot read it: {error}")),
    }
}

/// Under its name it is whole.
fn make(path: &Path, key: [u8; 32]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

fn read(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(key)
}
