//! Reads packed outputs back, as `npm/src` does: strictly, so that a byte too many or too few fails the test.

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Record {
    Connect,
    Close(String),
    Send(Vec<u8>),
    Status {
        kind: u8,
        since: f64,
        retry_at: Option<f64>,
        last_update: Option<f64>,
        error: Option<Failure>,
    },
    Directory(Vec<Board>),
    View(View),
    ViewEdits(ViewEdits),
    Track {
        entity: String,
        flags: u8,
        places: Vec<(String, u8, Option<Standing>)>,
    },
    Found {
        request: u32,
        at: Option<(Standing, u8)>,
    },
    Around {
        request: u32,
        decimals: u8,
        rows: Vec<(u32, String, f64)>,
    },
    Failed {
        request: u32,
        error: Failure,
    },
    Refused(Failure),
    Timer(Option<f64>),
    /// The state of a meet's desk.
    State {
        desk: u32,
        kind: u8,
        reason: u8,
        bytes: (u32, u32),
        flags: u8,
        error: Option<Failure>,
    },
    /// What a desk tells besides; its fields are read and passed over.
    Told {
        desk: u32,
    },
    Save {
        desk: u32,
        number: f64,
        of: [String; 3],
        changes: Vec<(u8, Vec<u8>, Vec<u8>)>,
    },
    Display {
        meet: String,
        flags: u8,
        gone: Option<Failure>,
        changes: Vec<Shown>,
    },
}

/// Of a meet: a path, the line that made it if it is an entry, and JSON.
pub(crate) type Shown = (String, f64, String);

/// Code, whether to try again, text.
pub(crate) type Failure = (String, bool, String);
/// Rank and units.
pub(crate) type Standing = (u32, f64);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Board {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) decimals: u8,
    pub(crate) synthetic: u8,
    pub(crate) rows: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) number: u32,
    pub(crate) presence: u8,
    pub(crate) flags: u8,
    pub(crate) decimals: u8,
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) total: u32,
    pub(crate) from: u32,
    pub(crate) rows: Vec<Option<(String, f64)>>,
}

/// Places count from 0; an edit says where its row's entity stood, or who it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ViewEdits {
    pub(crate) number: u32,
    pub(crate) total: u32,
    pub(crate) length: u32,
    pub(crate) edits: Vec<(u32, Result<u32, String>, f64)>,
}

/// All records of an output; the last is its one timer.
pub(crate) fn read(packed: &[u8]) -> Vec<Record> {
    let (length, rest) = packed.split_first_chunk().expect("a length");
    let (text, records) = rest.split_at(u32::from_le_bytes(*length) as usize);
    let text = std::str::from_utf8(text).expect("text is UTF-8").encode_utf16().collect();
    let mut reader = Reader { text, at: 0, records };
    let mut all = Vec::new();
    while !reader.records.is_empty() {
        all.push(reader.record());
    }
    assert_eq!(reader.at, reader.text.len(), "all text belongs to a record");
    let timers = all.iter().filter(|record| matches!(record, Record::Timer(_))).count();
    assert!(timers == 1 && matches!(all.last(), Some(Record::Timer(_))), "one timer, last: {all:?}");
    all
}

struct Reader<'a> {
    text: Vec<u16>,
    at: usize,
    records: &'a [u8],
}

impl Reader<'_> {
    fn record(&mut self) -> Record {
        match self.u8() {
            1 => Record::Connect,
            2 => Record::Close(self.str()),
            3 => Record::Send(self.bytes()),
            4 => Record::Status {
                kind: self.u8(),
                since: self.f64(),
                retry_at: self.time(),
                last_update: self.time(),
                error: self.option(Self::failure),
            },
            5 => Record::Directory(self.list(|r| Board {
                id: r.str(),
                title: r.str(),
                unit: r.str(),
                decimals: r.u8(),
                synthetic: r.u8(),
                rows: r.u32(),
            })),
            6 => Record::View(View {
                number: self.u32(),
                presence: self.u8(),
                flags: self.u8(),
                decimals: self.u8(),
                title: self.str(),
                unit: self.str(),
                total: self.u32(),
                from: self.u32(),
                rows: self.list(|r| r.option(|r| (r.str(), r.f64()))),
            }),
            7 => Record::Track {
                entity: self.str(),
                flags: self.u8(),
                places: self.list(|r| (r.str(), r.u8(), r.option(Self::standing))),
            },
            8 => Record::Found { request: self.u32(), at: self.option(|r| (r.standing(), r.u8())) },
            9 => Record::Around {
                request: self.u32(),
                decimals: self.u8(),
                rows: self.list(|r| (r.u32(), r.str(), r.f64())),
            },
            10 => Record::Failed { request: self.u32(), error: self.failure() },
            11 => Record::Refused(self.failure()),
            12 => Record::Timer(self.time()),
            13 => {
                let desk = self.u32();
                self.str();
                self.str();
                self.option(|r| (r.u32(), r.u32()));
                self.list(|r| (r.str(), r.u32()));
                self.list(Self::u8);
                self.time();
                Record::Told { desk }
            }
            14 => Record::State {
                desk: self.u32(),
                kind: self.u8(),
                reason: self.u8(),
                bytes: (self.u32(), self.u32()),
                flags: self.u8(),
                error: self.option(Self::failure),
            },
            15 => {
                let desk = self.u32();
                self.u8();
                self.list(Self::shown);
                Record::Told { desk }
            }
            16 => {
                let desk = self.u32();
                self.u32();
                self.option(Self::failure);
                Record::Told { desk }
            }
            17 => {
                let desk = self.u32();
                self.list(|r| (r.f64(), r.str(), r.str(), r.u8(), r.str(), r.u8(), r.str()));
                Record::Told { desk }
            }
            19 => Record::Save {
                desk: self.u32(),
                number: self.f64(),
                of: [self.str(), self.str(), self.str()],
                changes: self.list(|r| {
                    let (kind, key) = (r.u8(), r.bytes());
                    (kind, key, if kind == 0 { r.bytes() } else { Vec::new() })
                }),
            },
            21 => Record::Display {
                meet: self.str(),
                flags: self.u8(),
                gone: self.option(Self::failure),
                changes: self.list(Self::shown),
            },
            22 => Record::ViewEdits(ViewEdits {
                number: self.u32(),
                total: self.u32(),
                length: self.u32(),
                edits: self.list(|r| {
                    let (at, stood) = (r.u32(), r.u32());
                    (at, stood.checked_sub(1).ok_or_else(|| r.str()), r.f64())
                }),
            }),
            tag => panic!("no record has the tag {tag}"),
        }
    }

    fn shown(&mut self) -> Shown {
        (self.str(), self.f64(), self.str())
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.u32() as usize;
        let (bytes, rest) = self.records.split_at(length);
        self.records = rest;
        bytes.to_vec()
    }

    fn failure(&mut self) -> Failure {
        (self.str(), self.u8() == 1, self.str())
    }

    fn standing(&mut self) -> Standing {
        (self.u32(), self.f64())
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.u32()).map(|_| item(self)).collect()
    }

    fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        match self.u8() {
            0 => None,
            1 => Some(value(self)),
            other => panic!("neither there nor not: {other}"),
        }
    }

    fn time(&mut self) -> Option<f64> {
        Some(self.f64()).filter(|time| !time.is_nan())
    }

    fn str(&mut self) -> String {
        let from = self.at;
        self.at += self.u32() as usize;
        String::from_utf16(&self.text[from..self.at]).expect("no string ends within a character")
    }

    fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.take())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.take())
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (bytes, rest) = self.records.split_first_chunk().expect("the record goes on");
        self.records = rest;
        *bytes
    }
}
