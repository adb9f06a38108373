//! The web pages that a relay serves beside the live socket: an immutable map from addresses to files in memory. No
//! file system is asked while serving, so no address can lead out of the folder. `folder.rs` reads the folder at start,
//! `answer.rs` makes HTTP answers, `coding.rs` chooses among a file's compressed copies.

mod answer;
mod coding;
mod folder;

use std::collections::BTreeMap;

use bytes::Bytes;
use hyper::header::HeaderValue;

use self::coding::Coding;
use super::etag::etag;
use super::query::percent_decode;

const INDEX: &str = "index.html";

/// All files, by path from the folder, with `/` between its parts and none before.
#[derive(Debug)]
pub(crate) struct WebPages {
    files: BTreeMap<String, WebFile>,
}

/// One file, with its compressed copies.
#[derive(Debug)]
struct WebFile {
    content_type: &'static str,
    /// Its name changes with its content.
    hashed: bool,
    plain: Content,
    coded: Vec<(Coding, Content)>,
}

/// The bytes of one answer.
#[derive(Debug)]
struct Content {
    bytes: Bytes,
    etag: HeaderValue,
}

/// What an address names.
enum Found<'a> {
    File(&'a WebFile),
    /// A folder with an index, but without the `/` at the end that relative addresses in the index need.
    Folder,
}

impl WebPages {
    /// How many files there are, without compressed copies.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Looks up the path of an address as it came. A page is also found without the `.html` of its name.
    fn find(&self, path: &str) -> Option<Found<'_>> {
        let mut name = decode(path.strip_prefix('/')?)?;
        if name.is_empty() || name.ends_with('/') {
            name.push_str(INDEX);
        }
        let page = || self.files.get(&format!("{name}.html")).map(Found::File);
        let folder = || self.files.contains_key(&format!("{name}/{INDEX}")).then_some(Found::Folder);
        self.files.get(&name).map(Found::File).or_else(page).or_else(folder)
    }
}

/// Decodes each part of a path for itself: an encoded `/` separates nothing, and no file has one in its name.
fn decode(path: &str) -> Option<String> {
    let parts = path.split('/').map(|part| percent_decode(part, b'+').filter(|part| !part.contains('/')));
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}

impl Content {
    fn new(bytes: Vec<u8>) -> Self {
        Self { etag: etag(&bytes), bytes: bytes.into() }
    }
}

/// What a file is, by its name's ending.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_path_is_decoded_for_itself() {
        for (path, name) in [
            ("", Some("")),
            ("a%20b/c+d", Some("a b/c+d")),
            ("%C3%A4/", Some("ä/")),
            ("%2e%2e/x", Some("../x")),
            ("a%2Fb", None),
            ("a%", None),
            ("%zz", None),
            ("%+1", None),
            ("%ff", None),
        ] {
            assert_eq!(decode(path).as_deref(), name, "{path}");
        }
    }
}
