//! Results in a folder: for each publication the file itself and a JSON beside it that says whose it is.
//!
//! The JSON is written last, so whoever sees it finds the whole file beside it, whenever the power was cut. Results
//! that are there are left as they are.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use scorelay_engine::meets::Publication;
use scorelay_protocol::time::rfc3339;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{mark, results::About};

/// Puts results into a folder and gives the file; it is there for good then.
///
/// # Errors
/// Says what could not be done with which file.
pub(super) fn put(folder: &Path, publication: &Publication) -> Result<PathBuf, String> {
    fs::create_dir_all(folder).map_err(|error| said("make", folder, &error))?;
    let plain = format!("{}-{}", publication.meet.digits(), publication.number);
    // An id may be another meet's by now, where a core was begun anew with the same folder.
    let name = match owner(&folder.join(format!("{plain}.json")))? {
        Some(other) if other != mark(publication) => format!("{plain}-{}", publication.uid),
        _ => plain,
    };
    let (csv, about) = (folder.join(format!("{name}.csv")), folder.join(format!("{name}.json")));
    if owner(&about)?.is_some() && fs::read(&csv).is_ok_and(|there| there == publication.csv) {
        return Ok(csv);
    }
    replace(&csv, &publication.csv)?;
    let mut text = serde_json::to_vec_pretty(&described(publication)).map_err(|error| error.to_string())?;
    text.push(b'\n');
    replace(&about, &text)?;
    Ok(csv)
}

/// Whose results a JSON of this name says that there are.
fn owner(about: &Path) -> Result<Option<String>, String> {
    let text = match fs::read(about) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(said("read", about, &error)),
    };
    // One that is not ours is not to be written over.
    let value: Value = serde_json::from_slice(&text).unwrap_or_default();
    Ok(Some(value["publication"].as_str().unwrap_or_default().to_owned()))
}

fn described(publication: &Publication) -> Value {
    let about = About::read(&publication.csv);
    let sha256: String = Sha256::digest(&publication.csv).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "publication": mark(publication),
        "meet": publication.meet.to_string(),
        "uid": publication.uid.to_string(),
        "number": publication.number,
        "name": publication.name,
        "federation": about.federation,
        "date": about.date,
        "place": about.place,
        "return_address": publication.return_address,
        "seq": publication.seq.0,
        "at": rfc3339(publication.at),
        "sha256": sha256,
    })
}

/// Writes a file so that it is there wholly or not at all, and stays.
fn replace(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut new = File::create(&beside).map_err(|error| said("write", &beside, &error))?;
    new.write_all(bytes).and_then(|()| new.sync_all()).map_err(|error| said("write", &beside, &error))?;
    fs::rename(&beside, file).map_err(|error| said("write", file, &error))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| said("sync", folder, &error))
}

fn said(what: &str, file: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} {}: {error}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::tests::publication;

    fn names(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = files.collect();
        names.sort_unstable();
        names
    }

    const BOTH: [&str; 2] = ["123456789-1.csv", "123456789-1.json"];

    /// L11: results are there byte by byte, with what people look for beside them; handed over again nothing changes.
    #[test]
    fn results_are_put_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("deep/results");
        let results = publication(1);
        let csv = put(&folder, &results).unwrap();
        assert_eq!(fs::read(&csv).unwrap(), results.csv);
        let about: Value = serde_json::from_slice(&fs::read(folder.join(BOTH[1])).unwrap()).unwrap();
        assert_eq!(about["return_address"], "director@example.com");
        assert_eq!(
            (&about["federation"], &about["date"], &about["number"]),
            (&json!("USPA"), &json!("2026-11-21"), &json!(1))
        );
        let written = fs::metadata(&csv).unwrap().modified().unwrap();
        assert_eq!(put(&folder, &results).unwrap(), csv);
        assert_eq!(
            (fs::metadata(&csv).unwrap().modified().unwrap(), names(&folder)),
            (written, BOTH.map(str::to_owned).to_vec())
        );
        put(&folder, &publication(2)).unwrap();
        assert_eq!(names(&folder).len(), 4);
        assert_eq!(fs::read(&csv).unwrap(), results.csv);
    }

    /// L11: wherever the power was cut, the next try ends with both files whole and nothing else.
    #[test]
    fn a_power_cut_leaves_nothing_behind() {
        let results = publication(1);
        let half = &results.csv[..results.csv.len() / 2];
        let [csv, about] = BOTH;
        let states: [&[(&str, &[u8])]; 6] = [
            &[("123456789-1.csv.new", b"")],
            &[("123456789-1.csv.new", half)],
            &[(csv, &results.csv)],
            &[(csv, half)],
            &[(csv, &results.csv), ("123456789-1.json.new", b"{\"publ")],
            &[(csv, &results.csv), ("123456789-1.json.new", b"")],
        ];
        for state in states {
            let folder = tempfile::tempdir().unwrap();
            for (name, bytes) in state {
                fs::write(folder.path().join(name), bytes).unwrap();
            }
            put(folder.path(), &results).unwrap();
            assert_eq!(names(folder.path()), BOTH, "after {state:?}");
            assert_eq!(fs::read(folder.path().join(csv)).unwrap(), results.csv);
            let text = fs::read(folder.path().join(about)).unwrap();
            assert!(serde_json::from_slice::<Value>(&text).is_ok());
        }
    }

    /// L11: another meet of the same id, and a file that somebody else put there, are left alone.
    #[test]
    fn nothing_of_others_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let (one, mut other) = (publication(1), publication(1));
        other.uid.0[0] ^= 1;
        other.csv.extend_from_slice(b"2,Bea\n");
        let first = put(folder.path(), &one).unwrap();
        let second = put(folder.path(), &other).unwrap();
        assert_ne!(first, second);
        assert_eq!((fs::read(&first).unwrap(), fs::read(&second).unwrap()), (one.csv.clone(), other.csv.clone()));
        assert_eq!((put(folder.path(), &one).unwrap(), put(folder.path(), &other).unwrap()), (first, second));

        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(BOTH[1]), "notes").unwrap();
        put(folder.path(), &one).unwrap();
        assert_eq!(fs::read(folder.path().join(BOTH[1])).unwrap(), b"notes");
    }

    /// L11: a folder that cannot be made or written to is named.
    #[test]
    fn what_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = put(&file, &publication(1)).unwrap_err();
        assert!(error.contains("cannot make") && error.contains("file"), "{error}");
        // No permission, whoever runs this: nothing can be made there.
        let error = put(Path::new("/proc/self/results"), &publication(1)).unwrap_err();
        assert!(error.contains("/proc/self/results"), "{error}");
        fs::create_dir(folder.path().join("123456789-1.csv.new")).unwrap();
        let error = put(folder.path(), &publication(1)).unwrap_err();
        assert!(error.contains("cannot write") && error.contains("123456789-1.csv.new"), "{error}");
    }
}
