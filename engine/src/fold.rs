//! How names are compared when somebody looks for one: without case, accents, and the forms that letters have only for
//! typesetting. It is for finding, never for telling entities apart.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name as it is compared.
pub(crate) fn fold(name: &str) -> Box<str> {
    if name.is_ascii() {
        return name.trim().to_ascii_lowercase().into();
    }
    let lower = name.trim().chars().flat_map(char::to_lowercase);
    let folded: String = lower.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase).collect();
    folded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_typesetting_do_not_matter() {
        for (name, folded) in [
            ("Ada", "ada"),
            ("  Zoë ", "zoe"),
            ("ŽOFIE", "zofie"),
            ("Ｗｉｄｅ", "wide"),
            ("ÅNGSTRÖM", "angstrom"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("İstanbul", "istanbul"),
            ("ﬁsh", "fish"),
            ("日本", "日本"),
            ("パ", "ハ"),
            ("é", "e"),
            ("", ""),
            ("\u{301}", ""),
        ] {
            assert_eq!(&*fold(name), folded, "{name}");
            assert_eq!(fold(&fold(name)), fold(name), "{name}");
        }
    }
}
