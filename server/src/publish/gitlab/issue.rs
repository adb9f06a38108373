//! What an issue with results says: title, text and attachment.
//!
//! Whatever desks have set is put where GitLab reads it as plain text only: as code, on one line, so that no name
//! mentions anybody, links anywhere or is taken for a command.

use scorelay_engine::meets::Publication;
use scorelay_protocol::limits;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::publish::mark;
use crate::publish::results::About;

/// GitLab takes no more characters.
const TITLE_CHARS: usize = 255;
const FENCE: &str = "```";

pub(super) fn title(publication: &Publication) -> String {
    let about = About::read(&publication.csv);
    let name = if about.name.is_empty() { &publication.name } else { &about.name };
    let name = if name.trim().is_empty() { publication.meet.to_string() } else { one_line(name) };
    let kind = match publication.number {
        0 | 1 => "Results".to_owned(),
        number => format!("Correction {} of results", number - 1),
    };
    let of = [one_line(&about.federation), one_line(&about.date)];
    let of = of.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ");
    let title = if of.is_empty() { format!("{kind}: {name}") } else { format!("{kind}: {name} ({of})") };
    title.chars().take(TITLE_CHARS).collect()
}

/// `results` is the file as text, or a link to it.
pub(super) fn description(publication: &Publication, results: &str) -> String {
    let about = About::read(&publication.csv);
    let name = if about.name.is_empty() { &publication.name } else { &about.name };
    let sha256: String = Sha256::digest(&publication.csv).iter().map(|byte| format!("{byte:02x}")).collect();
    let number = publication.number.to_string();
    let rows = [
        ("Meet", name.as_str()),
        ("Federation", about.federation.as_str()),
        ("Date", about.date.as_str()),
        ("Place", about.place.as_str()),
        ("Return address", publication.return_address.as_str()),
        ("Publication", number.as_str()),
        ("SHA-256 of the file", sha256.as_str()),
    ];
    let mut text = String::from(
        "Results of a meet, sent by its director. Questions go to the return address.\n\n| | |\n| --- | --- |\n",
    );
    for (what, value) in rows.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
        text.push_str(&format!("| {what} | {} |\n", code(value)));
    }
    if publication.number > 1 {
        text.push_str("\nThis corrects what was sent before: it is the whole file again.\n");
    }
    text.push_str(&format!("\n{results}\n\n{}\n", marking(publication)));
    text
}

/// The file as a part of the text; `None` where it is too long or could end that part early.
pub(super) fn inline(csv: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(csv).ok().filter(|text| text.len() <= limits::PUBLISH_INLINE_BYTES)?;
    let plain = !text.contains(FENCE) && !text.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r'));
    plain.then(|| format!("{FENCE}csv\n{}\n{FENCE}", text.replace("\r\n", "\n").trim_end_matches('\n')))
}

/// The file as an upload: the kind of body, and the body.
pub(super) fn upload(publication: &Publication) -> (String, Vec<u8>) {
    // Nothing that is published holds this line but by intent, and then GitLab refuses it.
    let boundary = format!("scorelay-{}-{}", publication.uid, publication.number);
    let name = format!("{}-{}.csv", publication.meet.digits(), publication.number);
    let head = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/csv\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), &publication.csv, tail.as_bytes()].concat();
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// Whether an issue bears the mark of these results.
pub(super) fn is_of(issue: &Value, publication: &Publication) -> bool {
    issue["description"].as_str().is_some_and(|text| text.lines().any(|line| line.trim() == marking(publication)))
}

/// The line that an issue is found by: the last one, past anything that desks could have written.
fn marking(publication: &Publication) -> String {
    format!("Scorelay publication `{}`", mark(publication))
}

fn one_line(text: &str) -> String {
    let plain = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    plain.collect::<String>().trim().to_owned()
}

fn code(text: &str) -> String {
    format!("`{}`", one_line(text).replace('`', "'").replace('|', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::tests::publication;

    /// L11: an issue is titled as OpenPowerlifting's people look for meets, and says where questions go.
    #[test]
    fn an_issue_says_what_people_look_for() {
        let results = publication(1);
        assert_eq!(title(&results), "Results: Open 2026 (USPA, 2026-11-21)");
        assert_eq!(title(&publication(3)), "Correction 2 of results: Open 2026 (USPA, 2026-11-21)");
        let text = description(&results, &inline(&results.csv).unwrap());
        for line in ["| Meet | `Open 2026` |", "| Return address | `director@example.com` |", "```csv", "1,Ada"] {
            assert!(text.lines().any(|known| known == line), "{line} in {text}");
        }
        let issue = serde_json::json!({ "description": text });
        assert!(is_of(&issue, &results) && !is_of(&issue, &publication(11)) && !is_of(&issue, &publication(2)));
        let unnamed = Publication { csv: b"x".to_vec(), name: String::new(), ..results };
        assert_eq!(title(&unnamed), "Results: 123-456-789");
    }

    /// L11: nothing that desks set is anything but text to GitLab.
    #[test]
    fn names_are_text_only() {
        let mut results = publication(1);
        results.csv = Vec::new();
        results.name = "a`b|c\n/close @all\u{7}".to_owned() + &"é".repeat(300);
        assert_eq!(title(&results).chars().count(), TITLE_CHARS);
        assert!(!title(&results).contains('\n'));
        let text = description(&results, "");
        assert!(text.contains("| Meet | `a'b/c /close @all"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with('/')));
        assert!(inline(b"a\n```\n/close").is_none() && inline(b"\xff").is_none() && inline(b"a\0").is_none());
        assert!(inline(&vec![b'a'; limits::PUBLISH_INLINE_BYTES + 1]).is_none());
        assert_eq!(inline(b"a\r\nb\r\n").unwrap(), "```csv\na\nb\n```");
    }

    #[test]
    fn an_upload_holds_the_file() {
        let results = publication(2);
        let (kind, body) = upload(&results);
        let boundary = kind.split_once("boundary=").unwrap().1;
        let body = String::from_utf8(body).unwrap();
        assert_eq!(body.matches(boundary).count(), 2);
        assert!(body.contains("filename=\"123456789-2.csv\""));
        assert!(body.contains(std::str::from_utf8(&results.csv).unwrap()));
    }
}
