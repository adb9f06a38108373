//! Content codings: which compressed copies of a file there may be, and which of those that there are a request would
//! like best (RFC 9110, 12.5.3). Nothing is compressed here; a build does that.

use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;

/// How a copy is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// All, the one that is best where a request likes them equally first.
    pub(super) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// The end of a copy's name.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// Its name in HTTP.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The file that `name` may be a copy of.
    pub(super) fn of(name: &str) -> Option<(&str, Self)> {
        Self::ALL.into_iter().find_map(|coding| Some((name.strip_suffix(coding.ending())?, coding)))
    }
}

/// Which of the codings `there` is to be sent; `None` for the file as it is, which is also sent where a request refuses
/// everything that there is.
pub(super) fn choose(headers: &HeaderMap, there: impl Iterator<Item = Coding>) -> Option<Coding> {
    let mut said = Vec::new();
    for line in headers.get_all(ACCEPT_ENCODING) {
        said.extend(line.to_str().unwrap_or_default().split(',').filter_map(element));
    }
    let weight = |name: &str| said.iter().find(|(said, _)| said == name).map(|&(_, weight)| weight);
    let mut best = (None, weight("identity").unwrap_or(0));
    for coding in there {
        // What is not named has the weight of `*`; and a copy wins over the file itself where they are liked equally.
        let weight = weight(coding.name()).or_else(|| weight("*")).unwrap_or(0);
        if weight > best.1 || (weight == best.1 && weight > 0 && best.0.is_none()) {
            best = (Some(coding), weight);
        }
    }
    best.0
}

/// `gzip;q=0.5`: the name and the weight in thousandths; `None` for what cannot be read.
fn element(text: &str) -> Option<(String, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let name = if name == "x-gzip" { "gzip".to_owned() } else { name };
    let mut weight = 1_000;
    for part in parts {
        let Some((key, value)) = part.split_once('=') else { continue };
        if key.trim().eq_ignore_ascii_case("q") {
            let value: f32 = value.trim().parse().ok().filter(|value| (0.0..=1.0).contains(value))?;
            weight = (value * 1_000.0).round() as u32;
        }
    }
    Some((name, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str, there: &[Coding]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(ACCEPT_ENCODING, accept.parse().unwrap());
        }
        choose(&headers, there.iter().copied()).map(Coding::name)
    }

    #[test]
    fn a_request_gets_the_copy_it_likes_best() {
        for (accept, wanted) in [
            ("", None),
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("GZIP;Q=0.3, br ; q=0.2", Some("gzip")),
            ("br;q=0.5, gzip;q=0.5", Some("br")),
            ("x-gzip", Some("gzip")),
            ("*", Some("br")),
            ("*;q=0.5, br;q=0", Some("gzip")),
            ("identity, br;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.5", Some("gzip")),
            ("identity;q=0, *;q=0", None),
            ("br;q=0, gzip;q=0.000", None),
            ("br;q=2, gzip;q=x, deflate", None),
            (",,;q=1,", None),
        ] {
            assert_eq!(chosen(accept, &Coding::ALL), wanted, "{accept}");
        }
        assert_eq!(chosen("br, gzip;q=0.1", &[Coding::Gzip]), Some("gzip"));
        assert_eq!(chosen("br", &[]), None);
    }
}
