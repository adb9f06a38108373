//! What a results file says of its meet, in the form that OpenPowerlifting takes: a first line, a blank one, then the
//! meet's table of one row. Nothing is checked here; whoever made the file answers for it.

use csv::{ReaderBuilder, StringRecord};

/// What people look for first; empty where the file does not say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) federation: String,
    pub(super) date: String,
    pub(super) place: String,
    pub(super) name: String,
}

impl About {
    pub(super) fn read(csv: &[u8]) -> Self {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
        let mut rows = reader.into_records().map_while(Result::ok);
        let Some(columns) = rows.find(|row| row.iter().any(|cell| cell == "MeetName")) else { return Self::default() };
        let Some(row) = rows.next() else { return Self::default() };
        let cell = |name: &str| cell(&columns, &row, name);
        let parts = [cell("MeetTown"), cell("MeetState"), cell("MeetCountry")];
        let place = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        Self { federation: cell("Federation"), date: cell("Date"), place, name: cell("MeetName") }
    }
}

fn cell(columns: &StringRecord, row: &StringRecord, name: &str) -> String {
    let at = columns.iter().position(|column| column == name);
    at.and_then(|at| row.get(at)).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meets_row_is_found() {
        let csv = "OPL Format v1 (OpenLifter 1.4),Submit by email:,a@b.c\n\nFederation,Date,MeetCountry,MeetState,MeetTown,\
                   MeetName\nUSPA,2026-11-21,USA,CA,\"San \"\"J\"\"\",Open 2026\n\nPlace,Name\n1,Ada\n";
        let about = About::read(csv.as_bytes());
        assert_eq!((about.federation.as_str(), about.date.as_str()), ("USPA", "2026-11-21"));
        assert_eq!((about.place.as_str(), about.name.as_str()), ("San \"J\", CA, USA", "Open 2026"));
        for csv in [&b""[..], b"\xff\xfe", b"Federation,Date,MeetName", b"Place,Name\n1,Ada", b"\"MeetName"] {
            assert_eq!(About::read(csv), About::default());
        }
    }
}
