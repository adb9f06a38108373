//! Reads the documented vectors: all of `docs/vectors.txt`, and the fenced blocks marked `vectors` in
//! `docs/protocol.md`. It only reads bytes and names; what they have to mean stands in the tests that use it.

const VECTORS: &str = include_str!("../../../docs/vectors.txt");
pub(crate) const PROTOCOL: &str = include_str!("../../../docs/protocol.md");

/// A vector as documented.
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// The type of message that a vector's name says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Client,
    Relay,
    Up,
    Down,
    FrameUp,
    FrameDown,
    PeopleAsk,
    PeopleAnswer,
    Ask,
    Answer,
    Line,
    Log,
    Changes,
}

impl Vector {
    pub(crate) fn kind(&self) -> Kind {
        let name = self.name.strip_prefix("session.").unwrap_or(self.name);
        let kinds = [
            ("client.", Kind::Client),
            ("relay.", Kind::Relay),
            ("up.", Kind::Up),
            ("down.", Kind::Down),
            ("frame.up.", Kind::FrameUp),
            ("frame.down.", Kind::FrameDown),
            ("people.ask.", Kind::PeopleAsk),
            ("people.answer.", Kind::PeopleAnswer),
            ("meet.ask.", Kind::Ask),
            ("meet.answer.", Kind::Answer),
            ("meet.line.", Kind::Line),
            ("meet.log.", Kind::Log),
            ("meet.changes.", Kind::Changes),
        ];
        let kind = kinds.iter().find(|(prefix, _)| name.starts_with(prefix));
        kind.unwrap_or_else(|| panic!("the first word of `{}` is no type of message", self.name)).1
    }
}

/// Every vector of both documents.
pub(crate) fn all() -> Vec<Vector> {
    let mut vectors = parse(VECTORS);
    vectors.extend(session());
    vectors
}

/// The messages of the worked examples, in their order.
pub(crate) fn session() -> Vec<Vector> {
    fenced(PROTOCOL).flat_map(parse).collect()
}

fn fenced(page: &'static str) -> impl Iterator<Item = &'static str> {
    page.split("\n```vectors\n").skip(1).map(|rest| rest.split_once("\n```").expect("a fence is closed").0)
}

fn parse(text: &'static str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    for line in text.lines() {
        let code = line.split('#').next().unwrap_or_default().trim();
        if let Some(name) = code.strip_prefix('[') {
            let name = name.strip_suffix(']').unwrap_or_else(|| panic!("`{line}` has no closing bracket"));
            vectors.push(Vector { name, bytes: Vec::new() });
        } else if !code.is_empty() {
            let vector = vectors.last_mut().unwrap_or_else(|| panic!("`{line}` stands before any name"));
            vector.bytes.extend(hex(code));
        }
    }
    vectors
}

/// The bytes of pairs of hexadecimal digits with spaces between them.
pub(crate) fn hex(code: &str) -> Vec<u8> {
    let byte = |pair: &str| {
        let digits = pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        assert!(digits, "`{pair}` in `{code}` is not two lower-case hexadecimal digits");
        u8::from_str_radix(pair, 16).expect("two hexadecimal digits")
    };
    code.split(' ').filter(|pair| !pair.is_empty()).map(byte).collect()
}
