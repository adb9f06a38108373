//! Tokens of links: a file of `role name token` lines, and the check of one that a peer shows. Who may connect without
//! any is decided in `links.rs`.

use std::path::Path;

use scorelay_protocol::entity::check_platform;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use scorelay_protocol::link::Role;

/// Tokens and what they are for.
#[derive(Clone, Default)]
pub struct Tokens(Vec<Token>);

#[derive(Clone)]
struct Token {
    role: TokenRole,
    name: String,
    secret: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenRole {
    Relay,
    /// A relay that may carry all of a meet.
    Meets,
    Source,
}

impl TokenRole {
    fn is_for(self, role: Role) -> bool {
        match role {
            Role::Relay => matches!(self, Self::Relay | Self::Meets),
            Role::Source { .. } => self == Self::Source,
        }
    }
}

/// What a token says of the link it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'a> {
    /// The name the token goes by.
    pub name: &'a str,
    /// Whether the link may carry all of a meet, not only what displays see.
    pub meets: bool,
}

impl Tokens {
    /// Reads a token file: one `role name token` per line, role `relay`, `meets` or `source`, `#` for comments.
    ///
    /// # Errors
    /// [`ErrorCode::BadConfig`] with the file and line; the token itself is never shown.
    pub fn read(path: &Path) -> Result<Self, WireError> {
        let bad = |line: Option<usize>, what: String| {
            let line = line.map(|n| format!(":{n}")).unwrap_or_default();
            WireError::new(ErrorCode::BadConfig, format!("{}{line}: {what}", path.display()))
        };
        let text = std::fs::read_to_string(path).map_err(|e| bad(None, e.to_string()))?;
        Self::parse(&text).map_err(|(line, what)| bad(Some(line), what.into()))
    }

    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut tokens: Vec<Token> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = |what| (index + 1, what);
            let words: Vec<&str> = line.split_whitespace().collect();
            let &[role, name, secret] = words.as_slice() else {
                return Err(bad("a line is `role name token`"));
            };
            let role = match role {
                "relay" => TokenRole::Relay,
                "meets" => TokenRole::Meets,
                "source" => TokenRole::Source,
                _ => return Err(bad("a role is `relay`, `meets` or `source`")),
            };
            check_name(name).map_err(bad)?;
            let (least, most) = limits::LINK_TOKEN_BYTES;
            if !(least..=most).contains(&secret.len()) {
                return Err(bad("a token is 16 to 256 bytes"));
            }
            if tokens.iter().any(|t| t.secret == secret) {
                return Err(bad("this token is given twice"));
            }
            tokens.push(Token { role, name: name.to_owned(), secret: secret.to_owned() });
        }
        Ok(Self(tokens))
    }

    /// Whether there is no token at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a shown token says, if it is one for `role`. Takes the same time wherever a wrong token differs.
    pub fn known(&self, role: Role, shown: Option<&str>) -> Option<Known<'_>> {
        let shown = shown.unwrap_or_default().as_bytes();
        let mut found = None;
        for token in &self.0 {
            if same(token.secret.as_bytes(), shown) & token.role.is_for(role) {
                found = Some(Known { name: &token.name, meets: token.role == TokenRole::Meets });
            }
        }
        found
    }
}

/// Names of sources and relays are made like platforms' names, so that they can stand in metrics and files.
///
/// # Errors
/// What a name is, when it is not one.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    check_platform(name).map_err(|_| "a name is 1 to 32 of the characters a-z 0-9 _ -")
}

fn same(a: &[u8], b: &[u8]) -> bool {
    let differs = a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b));
    std::hint::black_box(differs) == 0 && a.len() == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# who may connect\nrelay edge-1 0123456789abcdef0123456789abcdef\n\nsource chat  fedcba9876543210\nmeets hall 00112233445566778899\n";

    /// L17: a token of the role `relay` opens a link that carries what displays see, and no more.
    #[test]
    fn a_token_is_good_for_its_role_only() {
        let tokens = Tokens::parse(FILE).unwrap();
        let source = Role::Source { incarnation: 1 };
        let known = |role, shown| tokens.known(role, shown).map(|known| (known.name, known.meets));
        assert_eq!(known(Role::Relay, Some("0123456789abcdef0123456789abcdef")), Some(("edge-1", false)));
        assert_eq!(known(Role::Relay, Some("00112233445566778899")), Some(("hall", true)));
        assert_eq!(known(source, Some("fedcba9876543210")), Some(("chat", false)));
        assert_eq!(known(Role::Relay, Some("fedcba9876543210")), None);
        assert_eq!(known(source, Some("00112233445566778899")), None);
        for wrong in ["", "fedcba987654321", "fedcba98765432100", "fedcba9876543211"] {
            assert_eq!(known(source, Some(wrong)), None, "{wrong}");
        }
        assert_eq!(known(source, None), None);
    }

    #[test]
    fn bad_lines_are_named_by_number() {
        let line = |text| Tokens::parse(text).err().map(|(line, _)| line);
        assert_eq!(line(FILE), None);
        assert_eq!(line("\nrelay edge"), Some(2));
        assert_eq!(line("admin edge 0123456789abcdef"), Some(1));
        assert_eq!(line("relay Edge 0123456789abcdef"), Some(1));
        assert_eq!(line("relay edge short"), Some(1));
        assert_eq!(line("relay a 0123456789abcdef\nsource b 0123456789abcdef"), Some(2));
    }
}
