//! Displays on a chain of relays: by a display link, through the relay's feed, as an overlay in a browser would.

use scorelay_client::core::meet::{Command, MeetSnapshot};
use scorelay_client::shell::{ConnectOptions, Receiver, Sender, connect};
use scorelay_meets::audience::all_for_displays;
use scorelay_meets::state::MeetState;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::request::SessionNo;
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::{EntryState, Value};

use super::house::{House, text};
use super::seat::Seat;
use crate::until::{DEADLINE, until};

struct Display {
    runtime: tokio::runtime::Runtime,
    link: Option<(Sender, Receiver)>,
    meet: MeetId,
    token: Token,
}

impl Display {
    /// A link made at this desk.
    fn new(seat: &Seat, meet: MeetId, token: [u8; 32]) -> Self {
        seat.ask(Command::Display(Token(token))).expect("a desk can make display links");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self { runtime: runtime.expect("a runtime can be made"), link: None, meet, token: Token(token) }
    }

    fn online(&mut self, origin: &str) {
        let _within = self.runtime.enter();
        let link = connect(ConnectOptions::new(origin)).expect("tests name relays");
        link.0.watch_meet(self.meet, self.token);
        self.link = Some(link);
    }

    fn offline(&mut self) {
        self.link = None;
    }

    fn snapshot(&self) -> Option<MeetSnapshot> {
        self.link.as_ref()?.0.state().meet(self.meet)
    }

    /// Waits until it shows what displays may see of the core's log, and no more.
    fn shows(&self, house: &House) {
        until("the display shows the core's state", DEADLINE, || {
            let (log, _) = house.log(self.meet);
            let all = |state: &MeetState| state.all().collect::<Vec<_>>();
            let snapshot = self.snapshot().filter(|snapshot| !snapshot.held && snapshot.display.is_known())?;
            (all(snapshot.display.state()) == all_for_displays(log.state()).collect::<Vec<_>>()).then_some(())
        });
    }
}

/// L5, L13, L17: one desk and one display at the far end of a chain; another meet's display sees nothing of it.
#[test]
fn one_desk_and_one_display() {
    let house = House::open();
    let (meet, seats) = house.meet(&[10]);
    let mut display = Display::new(&seats[0], meet, [1; 32]);
    display.online(house.origin(1));
    let entry = format!("registration.entries[{}]", seats[0].seen().first_entry.expect("it has joined").0);
    seats[0].set(&entry, Value::Entry(EntryState::default()));
    seats[0].set(&format!("{entry}.name"), text("Ana"));
    seats[0].set(&format!("{entry}.birthDate"), text("1990-02-03"));
    house.check(meet, &seats);
    display.shows(&house);
    let shown = format!("{:?}", display.snapshot());
    assert!(shown.contains("Ana") && !shown.contains("1990-02-03"));
}

/// L5, L6, L9: a display out of reach, and a core that dies meanwhile: back, it shows what is.
#[test]
fn display_offline() {
    let mut house = House::open();
    let (meet, seats) = house.meet(&[10]);
    let mut display = Display::new(&seats[0], meet, [2; 32]);
    display.online(house.origin(1));
    seats[0].set("meet.name", text("before"));
    house.check(meet, &seats);
    display.shows(&house);
    display.offline();
    seats[0].set("meet.name", text("while it was away"));
    house.check(meet, &seats);
    house.kill();
    house.start();
    seats[0].set("meet.city", text("after the core came back"));
    house.check(meet, &seats);
    display.online(house.origin(1));
    display.shows(&house);
}

/// L3, L12: a display link that was revoked shows nothing new, and says why; an unknown one never does.
#[test]
fn display_links_that_are_not() {
    let house = House::open();
    let (meet, seats) = house.meet(&[10]);
    let mut display = Display::new(&seats[0], meet, [3; 32]);
    display.online(house.origin(1));
    display.shows(&house);
    seats[0].ask(Command::Revoke(SessionNo(2))).expect("the display's session is the second");
    let why = until("it is told", DEADLINE, || display.snapshot()?.gone);
    assert_eq!(why.code, ErrorCode::BadSession);
    display.token = Token([4; 32]);
    display.online(house.origin(0));
    let why = until("it is told", DEADLINE, || display.snapshot()?.gone);
    assert_eq!(why.code, ErrorCode::BadSession);
    assert!(!why.message.contains("0404"), "the token is not echoed");
}
