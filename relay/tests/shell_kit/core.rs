//! A core for tests: boards without scorers, published over real links by the same listener and outlet as the server's.
//! It can be stopped and started again as another run on the same address.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use scorelay_protocol::codec;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, NodeId, Stamp};
use scorelay_protocol::link::{Batch, Bind, BoardChanges, BoardDef, DefChange, LinkDown, Role, RowChange};
use scorelay_protocol::people::{Known, Named, PeopleAnswer, PeopleRequest};
use scorelay_ranks::BoardSet;
use scorelay_relay::core::outlet::{About, LinkId, Outlet};
use scorelay_relay::shell::links::{self, LinkEvent, LinkGate, LinkPeer, LinkRules, PeerId};
use scorelay_relay::shell::tasks::Tasks;
use scorelay_relay::shell::transport::{Acceptor, LinkAddr};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::meet_core::{Answered, MeetCore};

type Job = Box<dyn FnOnce(&mut State) + Send>;

enum Input {
    Link(LinkEvent),
    Do(Job),
}

impl From<LinkEvent> for Input {
    fn from(event: LinkEvent) -> Self {
        Self::Link(event)
    }
}

/// A core that runs.
pub(crate) struct TestCore {
    pub(crate) addr: LinkAddr,
    inputs: mpsc::Sender<Input>,
    tasks: Tasks,
}

/// What it owns.
pub(crate) struct State {
    set: BoardSet,
    outlet: Outlet,
    peers: HashMap<LinkId, LinkPeer>,
    links: HashMap<PeerId, LinkId>,
    /// Events of sources: name, number.
    pub(crate) published: Vec<(PeerId, u64)>,
    /// Names of links and how they ended.
    pub(crate) log: Vec<String>,
    /// What is asked about meets goes here, by link and number.
    pub(crate) meets: MeetCore<(LinkId, u64)>,
    /// Whether answers about meets are kept back, and those that are.
    pub(crate) holds: bool,
    held: Vec<((LinkId, u64), Answered)>,
    /// What it knows of entities.
    pub(crate) people: BTreeMap<Entity, Known>,
    /// Questions about entities that came.
    pub(crate) asked: Vec<PeopleRequest>,
    /// Whether it leaves them unanswered.
    pub(crate) mute: bool,
}

impl TestCore {
    pub(crate) async fn start() -> Self {
        Self::start_with(LinkAddr::Tcp("127.0.0.1:0".into()), LinkRules::default()).await
    }

    pub(crate) async fn start_with(addr: LinkAddr, rules: LinkRules) -> Self {
        let acceptor = Acceptor::bind(&addr).await.unwrap();
        let addr = acceptor.addr();
        let tasks = Tasks::new(CancellationToken::new());
        let (inputs, from) = mpsc::channel(64);
        let gate = LinkGate::new(rules);
        links::serve(acceptor, gate, inputs.clone(), &tasks, tasks.shutdown().clone());
        tasks.spawn("core", State::new().run(from, tasks.shutdown().clone()));
        Self { addr, inputs, tasks }
    }

    /// Does something with the state and waits for it.
    pub(crate) async fn with<T: Send + 'static>(&self, job: impl FnOnce(&mut State) -> T + Send + 'static) -> T {
        let (done, answer) = oneshot::channel();
        let job: Job = Box::new(move |state| drop(done.send(job(state))));
        assert!(self.inputs.send(Input::Do(job)).await.is_ok(), "the core has ended");
        answer.await.unwrap()
    }

    pub(crate) async fn board(&self, id: &'static str) -> BoardNo {
        self.with(move |state| state.board(id)).await
    }

    /// Gives entities their scores, in one batch.
    pub(crate) async fn score(&self, board: BoardNo, rows: Vec<(String, i64)>) {
        self.with(move |state| state.score(board, &rows)).await;
    }

    pub(crate) async fn log(&self) -> Vec<String> {
        self.with(|state| state.log.clone()).await
    }

    /// Ends it at once, as a crash would.
    pub(crate) async fn kill(self) -> LinkAddr {
        self.tasks.shutdown().cancel();
        self.tasks.ended(Duration::from_secs(20)).await.expect("the core's tasks end");
        self.addr
    }
}

impl State {
    fn new() -> Self {
        Self {
            set: BoardSet::new(CoreEpoch(rand::random())),
            outlet: Outlet::new(vec![NodeId(1)]),
            peers: HashMap::new(),
            links: HashMap::new(),
            published: Vec::new(),
            log: Vec::new(),
            meets: MeetCore::default(),
            holds: false,
            held: Vec::new(),
            people: BTreeMap::new(),
            asked: Vec::new(),
            mute: false,
        }
    }

    async fn run(mut self, mut inputs: mpsc::Receiver<Input>, stop: CancellationToken) {
        loop {
            let input = tokio::select! {
                () = stop.cancelled() => break,
                input = inputs.recv() => input,
            };
            match input {
                Some(Input::Link(event)) => self.link(event),
                Some(Input::Do(job)) => job(&mut self),
                None => break,
            }
            while let Some((link, frame)) = self.outlet.poll_answer() {
                if let Some(peer) = self.peers.get(&link) {
                    peer.answer(frame);
                }
            }
            while let Some((link, frame)) = self.outlet.poll(Some(&self.set)) {
                if let Some(peer) = self.peers.get(&link) {
                    peer.send(frame);
                }
            }
        }
        for (_, peer) in self.peers {
            peer.cut();
        }
    }

    fn link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Opened { peer, hello, to } => {
                self.log.push(format!("opened {}", hello.name));
                if let Role::Source { .. } = hello.role {
                    // Sources get no more than this from a core of tests.
                    let refused = WireError::new(ErrorCode::SourceBusy, "this core only listens");
                    return to.send_message(&LinkDown::Refused(refused));
                }
                let link = self.outlet.open();
                self.peers.insert(link, to);
                self.links.insert(peer, link);
            }
            LinkEvent::Meet { peer, ask } => {
                let answers = self.meets.ask((self.links[&peer], ask.id), ask);
                self.answer(answers);
            }
            LinkEvent::People { peer, id, body } => {
                let request: PeopleRequest = codec::decode_link(&body).unwrap();
                let answer = codec::encode(&self.tell(&request));
                self.asked.push(request);
                if !self.mute {
                    self.outlet.answer(self.links[&peer], About::People, id, Ok(answer));
                }
            }
            LinkEvent::Sent { peer, bytes, answers } => {
                self.outlet.sent(self.links[&peer], bytes);
                self.outlet.answers_sent(self.links[&peer], answers);
            }
            LinkEvent::Closed { peer, end } => {
                self.log.push(format!("closed {}", end.label()));
                if let Some(link) = self.links.remove(&peer) {
                    self.outlet.close(link);
                    self.peers.remove(&link);
                }
            }
            LinkEvent::Published { peer, events } => {
                self.published.extend(events.into_iter().map(|(seq, _)| (peer, seq)));
            }
        }
    }

    /// What it knows of somebody who has a row: nothing, unless a test has said something.
    fn known(&self, entity: &Entity) -> Option<Known> {
        self.set.find(entity)?;
        let name = String::new();
        let nothing = || Known { entity: entity.clone(), name, avatar: None, badges: Vec::new(), ranks: Vec::new() };
        Some(self.people.get(entity).cloned().unwrap_or_else(nothing))
    }

    /// What it knows of whom it is asked for, or of those whose name begins like that.
    fn tell(&self, request: &PeopleRequest) -> PeopleAnswer {
        match request {
            PeopleRequest::Profiles(entities) => {
                PeopleAnswer::Profiles(entities.iter().filter_map(|entity| self.known(entity)).collect())
            }
            PeopleRequest::Search { name, .. } => {
                let found = self.people.values().filter(|known| known.name.to_lowercase().starts_with(name));
                let named =
                    found.map(|Known { entity, name, .. }| Named { entity: entity.clone(), name: name.clone() });
                PeopleAnswer::Found { people: named.collect(), more: false }
            }
        }
    }

    /// Gives answers about meets, unless they are kept back.
    pub(crate) fn answer(&mut self, answers: Vec<((LinkId, u64), Answered)>) {
        self.held.extend(answers);
        if !self.holds {
            for ((link, id), result) in self.held.drain(..) {
                self.outlet.answer(link, About::Meets, id, result);
            }
        }
    }

    fn board(&mut self, id: &str) -> BoardNo {
        let board = BoardNo(self.set.boards().count() as u32);
        let def = BoardDef {
            board,
            uid: rand::random(),
            id: id.into(),
            title: id.to_uppercase(),
            unit: "points".into(),
            decimals: 0,
            synthetic: false,
        };
        self.set.put_board(def.clone()).unwrap();
        self.cut(Batch { defs: vec![DefChange::Put(def)], ..Batch::default() });
        board
    }

    fn score(&mut self, board: BoardNo, rows: &[(String, i64)]) {
        let seq = BatchSeq(self.set.seq().0 + 1);
        let mut batch = Batch::default();
        let mut changes = Vec::new();
        for (index, (name, score)) in rows.iter().enumerate() {
            let entity: Entity = name.parse().unwrap();
            let platforms = self.set.platforms().len();
            let (handle, new) = self.set.intern(&entity).unwrap();
            batch.platforms.extend(self.set.platforms()[platforms..].iter().cloned());
            if new {
                batch.binds.push(Bind { handle, entity: self.set.wire(handle).unwrap().clone() });
            }
            self.set.set_row(board, handle, *score, Stamp::new(seq, index as u32)).unwrap();
            changes.push(RowChange::Set { handle, score: *score });
        }
        batch.boards.push(BoardChanges { board, changes });
        self.cut(batch);
    }

    /// Takes an entity off its only board.
    pub(crate) fn remove(&mut self, board: BoardNo, entity: &str) {
        let handle = self.set.find(&entity.parse().unwrap()).unwrap();
        self.set.remove_row(board, handle);
        self.set.free(handle).unwrap();
        let changes = BoardChanges { board, changes: vec![RowChange::Remove { handle }] };
        self.cut(Batch { boards: vec![changes], frees: vec![handle], ..Batch::default() });
    }

    fn cut(&mut self, mut batch: Batch) {
        batch.seq = BatchSeq(self.set.seq().0 + 1);
        self.set.advance(batch.seq);
        self.outlet.cut(batch);
    }
}
