//! Reads the folder of web pages into memory, once and within bounds, and says clearly what is wrong with one that
//! cannot be served. Files and folders whose names begin with a dot are passed over: nobody means to publish them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;

use super::coding::Coding;
use super::{Content, INDEX, WebFile, WebPages, content_type};

/// Files with names that change with their content lie here, where Vite and others put them.
const HASHED: &str = "assets/";
/// Addresses of the protocol and of the HTTP interface begin with them.
const RESERVED: &[&str] = &["v1", "stats"];

impl WebPages {
    /// Reads all of `folder`.
    ///
    /// # Errors
    /// [`ErrorCode::BadPages`] naming the file, or the limit that is exceeded.
    pub(crate) fn read(folder: &Path) -> Result<Self, WireError> {
        let root = folder.canonicalize().map_err(|e| bad(folder, e))?;
        let mut reading = Reading { root: root.clone(), files: BTreeMap::new(), bytes: 0 };
        reading.folder(&root, "", 0)?;
        let mut files = reading.files;
        let names: Vec<String> = files.keys().cloned().collect();
        let mut found = BTreeMap::new();
        for name in names {
            let copy = Coding::of(&name).is_some_and(|(of, _)| found.contains_key(of));
            // Names come in order, a file's before those of its copies.
            let Some(bytes) = (if copy { None } else { files.remove(&name) }) else { continue };
            let mut coded = Vec::new();
            for coding in Coding::ALL {
                if let Some(copy) = files.remove(&format!("{name}{}", coding.ending())) {
                    coded.push((coding, Content::new(copy)));
                }
            }
            let (content_type, hashed) = (content_type(&name), name.starts_with(HASHED));
            found.insert(name, WebFile { content_type, hashed, plain: Content::new(bytes), coded });
        }
        if !found.contains_key(INDEX) {
            return Err(bad(folder, format_args!("there is no {INDEX} in it")));
        }
        Ok(Self { files: found })
    }
}

struct Reading {
    root: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
    bytes: u64,
}

impl Reading {
    /// Reads the folder `path`, whose files' names begin with `prefix`.
    fn folder(&mut self, path: &Path, prefix: &str, depth: usize) -> Result<(), WireError> {
        if depth > limits::PAGES_DEPTH {
            let what = format_args!("more than {} folders lie inside each other", limits::PAGES_DEPTH);
            return Err(bad(path, what));
        }
        for entry in fs::read_dir(path).map_err(|e| bad(path, e))? {
            let path = entry.map_err(|e| bad(path, e))?.path();
            let name =
                path.file_name().unwrap_or_default().to_str().ok_or_else(|| bad(&path, "its name is not UTF-8"))?;
            if name.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{name}");
            if RESERVED.contains(&name.as_str()) {
                return Err(bad(&path, format_args!("addresses below /{name}/ are the relay's own")));
            }
            let real = path.canonicalize().map_err(|e| bad(&path, e))?;
            if !real.starts_with(&self.root) {
                return Err(bad(&path, "it leads out of the folder"));
            }
            let kind = fs::metadata(&real).map_err(|e| bad(&path, e))?;
            if kind.is_dir() {
                self.folder(&path, &format!("{name}/"), depth + 1)?;
            } else if kind.is_file() {
                self.file(&path, name)?;
            } else {
                return Err(bad(&path, "it is neither a file nor a folder"));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String) -> Result<(), WireError> {
        if self.files.len() == limits::PAGES_FILES {
            return Err(bad(&self.root, format_args!("there are more than {} files in it", limits::PAGES_FILES)));
        }
        // One byte more than there is room for, so that a file that grows meanwhile is bounded too.
        let room = limits::PAGES_BYTES - self.bytes + 1;
        let mut bytes = Vec::new();
        fs::File::open(path).and_then(|file| file.take(room).read_to_end(&mut bytes)).map_err(|e| bad(path, e))?;
        self.bytes += bytes.len() as u64;
        if self.bytes > limits::PAGES_BYTES {
            return Err(bad(&self.root, format_args!("there are more than {} bytes in it", limits::PAGES_BYTES)));
        }
        self.files.insert(name, bytes);
        Ok(())
    }
}

fn bad(path: &Path, what: impl Display) -> WireError {
    WireError::new(ErrorCode::BadPages, format!("{}: {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// What is said about a folder with an index, after `spoil`.
    fn refused(spoil: impl FnOnce(&Path)) -> String {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(INDEX), "hello").unwrap();
        spoil(dir.path());
        let error = WebPages::read(dir.path()).unwrap_err();
        assert_eq!(error.code, ErrorCode::BadPages);
        error.message
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        let sparse = |path: &Path, bytes| fs::File::create(path).and_then(|file| file.set_len(bytes)).unwrap();
        for (said, part) in [
            (refused(|dir| fs::remove_file(dir.join(INDEX)).unwrap()), "no index.html"),
            (refused(|dir| fs::remove_dir_all(dir).unwrap()), "No such file"),
            (refused(|dir| symlink("/etc/hostname", dir.join("out.txt")).unwrap()), "out.txt: it leads out"),
            (refused(|dir| symlink("..", dir.join("up")).unwrap()), "up: it leads out"),
            (refused(|dir| symlink("nothing", dir.join("dead")).unwrap()), "dead: No such file"),
            (refused(|dir| symlink(".", dir.join("loop")).unwrap()), "more than 16 folders"),
            (refused(|dir| fs::create_dir(dir.join("v1")).unwrap()), "v1: addresses below"),
            (refused(|dir| drop(std::os::unix::net::UnixListener::bind(dir.join("s")).unwrap())), "s: it is neither"),
            (refused(|dir| sparse(&dir.join("big"), limits::PAGES_BYTES - 4)), "more than 67108864 bytes"),
        ] {
            assert!(said.contains(part), "{said}");
        }
        let many = |dir: &Path| (0..limits::PAGES_FILES).for_each(|n| fs::write(dir.join(n.to_string()), "").unwrap());
        assert!(refused(many).contains("more than 4096 files"));
    }

    #[test]
    fn copies_belong_to_their_file_and_hidden_files_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(dir.path().join(name), name).unwrap();
        fs::create_dir(dir.path().join("assets")).unwrap();
        for name in [INDEX, "index.html.br", "index.html.gz", "lone.tar.gz", "assets/a-1.js", ".env", "x.gz.br"] {
            write(name);
        }
        symlink("index.html", dir.path().join("same.html")).unwrap();
        let pages = WebPages::read(dir.path()).unwrap();
        let names: Vec<&str> = pages.files.keys().map(String::as_str).collect();
        assert_eq!(names, ["assets/a-1.js", INDEX, "lone.tar.gz", "same.html", "x.gz.br"]);
        assert_eq!(pages.files[INDEX].coded.len(), 2);
        assert!(pages.files["assets/a-1.js"].hashed && !pages.files[INDEX].hashed);
        assert_eq!(pages.files["same.html"].plain.etag, pages.files[INDEX].plain.etag);
    }
}
