//! The file of the key that seals receipts. It must not lie with the meets: whoever loses both, or
//! puts back an old copy of both, could not tell a true receipt from an old one, and whoever reads a backup could
//! forge.

use std::path::Path;

use scorelay_meets::chain::ReceiptKey;

use crate::failure::Failure;
use crate::key_file;

/// Reads the key, or makes it where there is no file yet.
///
/// # Errors
/// `bad-config` when it lies in the data directory, is no key or cannot be read or made.
pub(crate) fn load(path: &Path, data: &Path) -> Result<ReceiptKey, Failure> {
    let bad = |why: String| Failure::config(format!("key_file {}: {why}", path.display()));
    if lies_within(path, data).map_err(|error| bad(error.to_string()))? {
        return Err(bad("it must not lie in the data directory: keep it, and its backup, apart from the meets".into()));
    }
    let key = key_file::load(path).map_err(bad)?;
    if key.is_new {
        tracing::warn!(
            path = %path.display(),
            "a new key for meets was made: back it up apart from the data directory"
        );
    }
    Ok(ReceiptKey::new(key.bytes))
}

/// Both as they really are, whatever links lead there. The data directory is there already.
fn lies_within(path: &Path, data: &Path) -> std::io::Result<bool> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let data = data.canonicalize()?;
    let target = path.canonicalize();
    Ok(folder.canonicalize()?.starts_with(&data) || target.is_ok_and(|target| target.starts_with(&data)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use scorelay_protocol::error::ErrorCode;
    use scorelay_protocol::meet::ids::{MeetEpoch, MeetSeq, MeetUid};
    use scorelay_protocol::meet::receipt::{ChainHash, Head};

    fn receipt(key: &ReceiptKey) -> [u8; 32] {
        let head = Head { uid: MeetUid([1; 16]), epoch: MeetEpoch(2), seq: MeetSeq(3), hash: ChainHash::default() };
        key.seal(head).mac
    }

    /// L10: the key is made once, is nobody else's to read, and stays.
    #[test]
    fn a_key_is_made_once() {
        let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = other.path().join("meets.key");
        let first = load(&path, data.path()).unwrap();
        assert_eq!(receipt(&first), receipt(&load(&path, data.path()).unwrap()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap().len(), 65);
        let second = load(&other.path().join("other.key"), data.path()).unwrap();
        assert_ne!(receipt(&first), receipt(&second));
    }

    /// L10: with the meets it would be lost and copied with them.
    #[test]
    fn a_key_in_the_data_directory_is_refused() {
        let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(data.path().join("keys")).unwrap();
        std::os::unix::fs::symlink(data.path(), other.path().join("link")).unwrap();
        let within = data.path().join("real.key");
        fs::write(&within, format!("{}\n", "ab".repeat(32))).unwrap();
        std::os::unix::fs::symlink(&within, other.path().join("linked.key")).unwrap();
        for path in [
            data.path().join("meets.key"),
            data.path().join("keys/meets.key"),
            other.path().join("link/meets.key"),
            other.path().join("linked.key"),
        ] {
            let error = load(&path, data.path()).unwrap_err();
            assert!(error.code == ErrorCode::BadConfig && error.message.contains("data directory"), "{error}");
            assert_eq!(path.exists(), path.ends_with("linked.key"), "{}", path.display());
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = other.path().join("meets.key");
        for text in ["", "ab", &"g".repeat(64), &"é".repeat(32), &"a".repeat(65)] {
            fs::write(&path, text).unwrap();
            let error = load(&path, data.path()).unwrap_err();
            assert!(error.message.contains("64 hexadecimal digits"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let error = load(&other.path().join("none/meets.key"), data.path()).unwrap_err();
        assert!(error.message.contains("No such file"), "{error}");
    }
}
