//! Every limit of Scorelay with its reason. Nothing else in the project names a bound of its own.
//!
//! Durations are milliseconds or seconds as their names say; sizes are bytes. What an operator may change is
//! configuration, and these are its defaults and bounds.

/// Protocol version of the client hop; also the last part of the WebSocket subprotocol.
pub const CLIENT_PROTOCOL: u16 = 1;
/// Subprotocol asked for and answered in the WebSocket handshake: the version that decides.
pub const SUBPROTOCOL: &str = "scorelay.v1";
/// Protocol version of links.
pub const LINK_PROTOCOL: u16 = 1;

/// Scores stay exact in a browser's numbers: 2^53 − 1.
pub const MAX_SCORE: i64 = (1 << 53) - 1;
/// Decimals of a board: 10^9 units in one leaves nine million whole points.
pub const MAX_DECIMALS: u8 = 9;
/// A platform's name; names are short words.
pub const PLATFORM_BYTES: usize = 32;
/// An entity's id; the longest in use are emote ids and words.
pub const ENTITY_ID_BYTES: usize = 128;
/// Platforms of one core; each connection may be told all their names.
pub const PLATFORMS: usize = 1024;
/// A board's id, as it stands in an address.
pub const BOARD_ID_BYTES: usize = 64;
/// A board's title or unit.
pub const BOARD_TEXT_BYTES: usize = 128;
/// Boards of one core: the directory is sent whole to each client.
pub const BOARDS: usize = 256;
/// Rows of one board: about 100 bytes each in the core and in every relay.
pub const MAX_ROWS: u32 = 20_000_000;
/// Entities of one core: bounds the tables by handle that a link's peer can make a relay allocate.
pub const HANDLES: u32 = 64_000_000;
/// Rows of a board whose configuration says nothing.
pub const DEFAULT_ROWS: u32 = 2_000_000;
/// A chat message's text; Twitch allows 500 characters, IRC lines 512 bytes.
pub const MESSAGE_BYTES: usize = 8 * 1024;
/// A name shown for an entity, a room, a source.
pub const NAME_BYTES: usize = 128;
/// Badges or similar marks on one message.
pub const BADGES: usize = 32;
/// Different emotes of one message: no platform lets people write more.
pub const EMOTES: usize = 64;
/// Different words of one message that are counted; the rest of a longer one is not.
pub const WORDS: usize = 512;
/// Things that one scorer counts.
pub const SCORER_TERMS: usize = 16;
/// Badges, rooms or entities that one filter names.
pub const FILTER_ITEMS: usize = 4_096;
/// Shortest and longest rating period.
pub const ELO_PERIOD_MS: (u64, u64) = (10_000, 31 * 24 * 3_600_000);
/// Live ratings of an open period are reckoned anew at most this often.
pub const ELO_LIVE_MS: u64 = 1_000;
/// Players of one open rating period; who comes later plays the next.
pub const ELO_PLAYERS: usize = 1_000_000;
/// Scored events that are remembered so that they can be taken back, and for how long.
pub const TAKE_BACK_EVENTS: usize = 65_536;
/// See [`TAKE_BACK_EVENTS`].
pub const TAKE_BACK_MS: u64 = 24 * 3_600_000;
/// Address of a picture.
pub const URL_BYTES: usize = 512;

/// Memory that one decoded client-hop message may claim.
pub const CLIENT_DECODE_BYTES: usize = 4 * 1024 * 1024;
/// A message from a client: a full mask of named feeds fits.
pub const CLIENT_FRAME_BYTES: usize = 64 * 1024;
/// A message to a client: a full mask of pages, each with 32 of the longest ids, fits.
pub const RELAY_FRAME_BYTES: usize = 3 * 1024 * 1024;
/// A client's `agent`, its name and version: as much as a name may have.
pub const AGENT_BYTES: usize = NAME_BYTES;
/// Feeds in one mask: 512 pages are 16,384 rows, more than any screen shows.
pub const MASK_FEEDS: usize = 512;
/// Tracked entities in one mask; each costs the relay a look-up on every board.
pub const MASK_TRACKS: usize = 16;
/// Feeds of a mask that one meet counts as: so many pages of the longest ids are about [`MEET_SHOWN_BYTES`].
pub const MASK_MEET_FEEDS: usize = 256;
/// Rows that `Around` gives on each side.
pub const AROUND_ROWS: u32 = 50;
/// Unanswered requests of one connection; more are refused. Past as many answers that cannot be sent the relay stops
/// reading.
pub const UNANSWERED_REQUESTS: usize = 64;
/// Newly watched feeds put into one message; the rest follow with the next.
pub const ADMIT_BYTES: usize = 16 * 1024;
/// Deltas in one message; feeds past that are sent whole, which takes a client less memory to decode.
pub const DELTA_BYTES: usize = 32 * 1024;
/// Default tick.
pub const TICK_MS: u64 = 50;
/// Bounds of the configured tick.
pub const TICK_RANGE_MS: (u64, u64) = (10, 1_000);
/// The slowest pace a client may ask for.
pub const MAX_PACE_MS: u32 = 10_000;
/// Pages past this one are deep: on boards full of ties they change at almost every tick.
pub const SHALLOW_PAGES: u32 = 16;
/// Deep connections are served at every so many ticks.
pub const DEEP_EVERY: u64 = 4;
/// Share of a tick, in percent, that a pass may take before the pace doubles.
pub const PASS_PERCENT: u32 = 60;
/// A tracked entity's rank alone is sent once a second.
pub const TRACK_RANK_MS: u64 = 1_000;
/// A watched board's row count, where nothing else is to be said.
pub const TOTALS_ALONE_MS: u64 = 1_000;
/// Row counts of the directory.
pub const DIRECTORY_COUNTS_MS: u64 = 30_000;
/// Bytes a relay keeps of pages that nobody watches any more.
pub const IDLE_PAGE_BYTES: usize = 16 * 1024 * 1024;
/// Intervals of pages marked on one board between two ticks; more become one.
pub const MARKED_SPANS: usize = 4_096;
/// Pages a client keeps after scrolling away.
pub const CLIENT_IDLE_PAGES: usize = 256;

/// From accept to a request's whole head, and from one answer to the next head: a slow network takes a second or two.
pub const HANDSHAKE_MS: u64 = 10_000;
/// From handshake to `Hello`.
pub const FIRST_MESSAGE_MS: u64 = 10_000;
/// Quiet time after which a peer is pinged.
pub const PING_AFTER_MS: u64 = 20_000;
/// Quiet time after which a peer is taken for gone.
pub const GONE_AFTER_MS: u64 = 45_000;
/// A connection whose unfinished message makes no progress for this long is closed.
pub const STUCK_MS: u64 = 120_000;
/// Client connections of one relay, by default.
pub const CONNECTIONS: usize = 20_000;
/// Client connections of one address, by default: a school or an office behind one.
pub const CONNECTIONS_PER_ADDRESS: usize = 2_000;
/// Messages a second that one client may send; a fast scroll makes about 20.
pub const CLIENT_MESSAGES_PER_SECOND: u32 = 100;
/// Seconds over which that rate is counted: a network that stalls bunches what was sent apart.
pub const CLIENT_RATE_SECONDS: u32 = 10;
/// From a close frame to the end of its connection, for the peer's own close frame and what is still on its way.
pub const CLOSE_MS: u64 = 5_000;
/// Sockets that have asked for nothing yet; new ones past that are dropped unanswered.
pub const HANDSHAKES: usize = 1_024;
/// Read buffer of a client connection: most messages fit, and it is what an idle one costs most.
pub const CLIENT_READ_BYTES: usize = 256;
/// Answers that may wait behind a message the socket has not taken; past that nothing more is read.
pub const CLIENT_REPLY_BYTES: usize = 16 * 1024;
/// Unsent bytes the kernel may hold for a client: more would hide a slow reader behind stale ticks.
pub const CLIENT_UNSENT_BYTES: u32 = 4 * 1024;
/// Connections a shard serves before it lets reads and handshakes run.
pub const SHARD_CHUNK: usize = 256;
/// Ticks a shard may be behind before the feed thread makes no new one.
pub const SHARD_BEHIND: usize = 8;
/// Inputs waiting for a relay's feed thread before upstream, links and shards are held back.
pub const FEED_QUEUE: usize = 64;
/// Length of a request line and headers.
pub const HTTP_HEAD_BYTES: usize = 16 * 1024;
/// HTTP request bodies: nothing takes one yet.
pub const HTTP_BODY_BYTES: usize = 0;
/// Sockets that load web pages, apart from live clients: 4 MB or so where each is idle, and all there is to exhaust.
pub const HTTP_SOCKETS: usize = 4_096;
/// Such sockets of one address: browsers open up to six, and a school opens a page together.
pub const HTTP_SOCKETS_PER_ADDRESS: usize = 1_024;
/// From accept to the end of a socket that has not become a client; after half of it answers end the socket, so that
/// each has minutes to get out.
pub const HTTP_SOCKET_MS: u64 = 300_000;
/// Between two looks at the files of a certificate: who renews one does it days before it counts.
pub const TLS_RENEW_MS: u64 = 10_000;
/// Requests answered on one socket; a page's first visit takes a few dozen.
pub const HTTP_REQUESTS: u32 = 256;
/// Time in which a reader of a web page must take `HTTP_WINDOW_BYTES`, or what is left of an answer.
pub const HTTP_WINDOW_MS: u64 = 20_000;
/// 2 KB a second: a slow phone's 20, shared among six sockets, with room to stall.
pub const HTTP_WINDOW_BYTES: usize = 40 * 1024;
/// Unsent bytes the kernel may hold for a reader of a web page: more would hide one that takes nothing.
pub const HTTP_UNSENT_BYTES: u32 = 16 * 1024;
/// Requests a second of one address over the HTTP interface: a page asks for a few, and a school opens it together.
pub const API_REQUESTS_PER_SECOND: u32 = 50;
/// Seconds over which that rate is counted.
pub const API_RATE_SECONDS: u32 = 4;
/// Questions a second that HTTP may put to a relay's feed thread in all: a hundred rows take it at most 40
/// microseconds, so that all of them together leave it 96 % of its time.
pub const API_QUESTIONS_PER_SECOND: u32 = 1_000;
/// Questions that wait for the feed thread; who has more waits to ask.
pub const API_QUEUE: usize = 64;
/// Questions that the feed thread answers before it looks after live clients again.
pub const API_TURN: usize = 8;
/// A question that has no answer after this long is given up: the feed thread is behind then.
pub const API_ANSWER_MS: u64 = 2_000;
/// A question about entities that the core has not answered after this long is answered without it: before
/// [`API_ANSWER_MS`].
pub const PEOPLE_ANSWER_MS: u64 = 1_500;
/// How long an answer is kept for others who ask the same, and the `max-age` of answers; and once more as long while
/// one of them asks anew.
pub const API_KEPT_MS: u64 = 1_000;
/// Answers kept: at the very most 80 KB each.
pub const API_KEPT: usize = 256;
/// Addresses whose requests are counted apart: about 64 bytes each.
pub const API_ADDRESSES: usize = 16_384;
/// Rows of one answer over HTTP.
pub const API_ROWS: u32 = 100;
/// Rows of an answer to a question that does not say how many.
pub const API_ROWS_UNASKED: u32 = 32;
/// Rows of the statistics' lists.
pub const API_TOP: u32 = 10;
/// Files of a relay's web pages: all are in memory, and a folder with more is the wrong one.
pub const PAGES_FILES: usize = 4_096;
/// Bytes of a relay's web pages, with their compressed copies; the pages that come with Scorelay have less than 5 MB.
pub const PAGES_BYTES: u64 = 64 * 1024 * 1024;
/// Folders inside each other; past that a link leads in circles.
pub const PAGES_DEPTH: usize = 16;

/// Memory that one decoded link message may claim.
pub const LINK_DECODE_BYTES: usize = 16 * 1024 * 1024;
/// One frame on a link.
pub const LINK_FRAME_BYTES: usize = 1024 * 1024;
/// Changes of one batch, and of one board in it; the index must fit a stamp and the frame a link.
pub const BATCH_CHANGES: usize = 4_096;
/// A season whose end could not be carried out is tried again after this long.
pub const SEASON_AGAIN_MS: u64 = 3_600_000;
/// Handles freed by one batch after a board is gone; as varints they fill a third of a frame.
pub const BATCH_FREES: usize = 65_536;
/// Entities that are banned or erased, in all: stored whole whenever that changes.
pub const KEPT_OFF: usize = 16_384;
/// Rows of one catch-up chunk.
pub const CHUNK_ROWS: usize = 2_048;
/// One frame of a link whose peer has not said who it is.
pub const LINK_HELLO_BYTES: usize = 4 * 1024;
/// Unsent bytes the kernel may hold for a link, so that a ping is not stuck behind seconds of data.
pub const LINK_UNSENT_BYTES: u32 = 128 * 1024;
/// Bytes waiting on a link before it lags and is served from its dirty sets.
pub const LINK_QUEUE_BYTES: usize = 2 * 1024 * 1024;
/// Rows that a relay holds back while it catches up after lagging; past that it joins anew.
pub const HELD_ROWS: usize = 1_000_000;
/// A relay that takes longer than this to catch up says that it is stale.
pub const BEHIND_MS: u64 = 2_000;
/// Relays in a row between the core and a client.
pub const HOPS: usize = 8;
/// Links that one core or relay accepts.
pub const LINKS: usize = 256;
/// A link's handshake.
pub const LINK_HANDSHAKE_MS: u64 = 5_000;
/// Quiet time on a link after which it is pinged.
pub const LINK_PING_AFTER_MS: u64 = 2_000;
/// Quiet time on a link after which it is cut.
pub const LINK_GONE_AFTER_MS: u64 = 8_000;
/// A send on a link that makes no progress for this long ends it.
pub const LINK_SEND_MS: u64 = 8_000;
/// Time that a shutdown leaves the peer of an ended link to take what was sent last.
pub const LINK_LAST_MS: u64 = 500;
/// First and longest wait before a relay or source connects again; full jitter between.
pub const RECONNECT_MS: (u64, u64) = (200, 5_000);
/// A client's first and longest wait before it connects again; full jitter between.
pub const CLIENT_RECONNECT_MS: (u64, u64) = (250, 10_000);
/// A client's request that has no answer after this long is given up; a relay answers within a tick.
pub const CLIENT_REQUEST_MS: u64 = 10_000;
/// A token of a link, in bytes: enough for 256 bits in any text form.
pub const LINK_TOKEN_BYTES: (usize, usize) = (16, 256);

/// A batch is cut at once after quiet, then at most this often.
pub const BATCH_MS: u64 = 10;
/// Boards are committed at most this often; what a `kill -9` may cost an unreplayable source.
pub const COMMIT_MS: u64 = 200;
/// Inputs waiting for the engine before sources are held back.
pub const ENGINE_QUEUE: usize = 65_536;
/// Message ids remembered for each source, to drop repeats.
pub const SEEN_MESSAGES: usize = 65_536;
/// Sources whose watermark is kept.
pub const SOURCES: usize = 1_024;
/// Unacknowledged events of one source link.
pub const SOURCE_WINDOW: u64 = 16_384;
/// Players whom each one of a rating period looks for, at most: so many exchanges for each.
pub const ELO_NEIGHBOURS: u32 = 100;
/// Points that one exchange of a rating can move, at most.
pub const ELO_K: i64 = 1_000;
/// Chat messages that a new one is compared with, to see whether it is a copy.
pub const COPYPASTA_WINDOW: usize = 10;
/// Percent of the longer of two messages that must be one run in both for a copy; at least half.
pub const COPYPASTA_PERCENT: u32 = 60;
/// Characters below which a message is nobody's copy: greetings and single emotes are the same everywhere.
pub const COPYPASTA_CHARS: usize = 12;
/// Uses of emotes looked at in one message's tag; Twitch's 500 characters have room for 250.
pub const EMOTE_USES: usize = 1_024;
/// Names in one list of emotes: a channel has a few thousand.
pub const EMOTE_LIST_NAMES: usize = 100_000;
/// Scorings of one entity that a limit per minute can allow: each is remembered.
pub const MAX_PER_MINUTE: u32 = 60;
/// The longest wait of an entity between two scorings: a day.
pub const MAX_COOLDOWN_MS: u64 = 86_400_000;
/// Entities that one board's limits remember: 60 MB where each scores as often as can be allowed.
pub const LIMITED_ENTITIES: usize = 100_000;
/// One line of a chat stream: JSON escapes can make a message six times as long, and tags stand beside it.
pub const SOURCE_LINE_BYTES: usize = 64 * 1024;
/// Time until a source asks a server again that will not have it until the operator changes something. Discord takes a
/// token away whose bot identifies itself 1,000 times a day.
pub const SOURCE_DENIED_MS: u64 = 600_000;
/// Channels and threads of Discord servers whose names are known; messages of others are in a room named by a number.
pub const DISCORD_CHANNELS: usize = 65_536;
/// Authors on Discord whose name and picture are remembered, so that they are told only when they change: 32 bytes
/// each.
pub const DISCORD_AUTHORS: usize = 65_536;
/// Different messages that no source could read which are kept to be looked at, and how much of each.
pub const FAILED_MESSAGES: usize = 256;
/// See [`FAILED_MESSAGES`].
pub const FAILED_MESSAGE_BYTES: usize = 1_024;
/// Time that a source's server may take to accept a connection and answer.
pub const SOURCE_CONNECT_MS: u64 = 10_000;
/// Entities whose profiles are asked for at once.
pub const PROFILES_ASKED: usize = 64;
/// Profiles remembered of entities that have no row yet: what a source tells before it tells what they did.
pub const PROFILES_WAITING: usize = 4_096;
/// Profiles that a relay remembers.
pub const PROFILES_KEPT: usize = 65_536;
/// How long a relay remembers a profile, and what it lets caches do: what is changed is seen everywhere within a
/// minute.
pub const PROFILE_MS: u64 = 30_000;
/// A name that is searched for, in characters.
pub const SEARCH_CHARS: usize = 64;
/// The same in bytes: lower case may have three characters for one.
pub const SEARCH_BYTES: usize = 12 * SEARCH_CHARS;
/// Rows that a search gives.
pub const SEARCH_ROWS: usize = 16;
/// Searches that a relay puts to the core in a second, and what it may save of them: each may look at a thousand names.
pub const SEARCHES_PER_SECOND: u32 = 20;
/// Questions about entities that wait for the core's answer at once, at a relay.
pub const PEOPLE_ASKED: usize = 1_024;
/// Rows of a board that one search looks through, the best.
pub const SEARCH_FIRST: u32 = 2_048;
/// Names that one search looks at after that: those that begin like what is searched for.
pub const SEARCH_NAMES: usize = 1_024;
/// Rows of one message between an export or import and the core.
pub const TRANSFER_ROWS: usize = 4_096;
/// Time a shutdown may take before what did not end is named and left.
pub const SHUTDOWN_MS: u64 = 10_000;
/// Spread of the retry time given to clients at a shutdown.
pub const GO_AWAY_RETRY_MS: (u32, u32) = (500, 5_000);
/// Longest retry time of a `GoAway` that a client keeps to; a relay that asks for more is wrong.
pub const GO_AWAY_LONGEST_MS: u64 = 60_000;

/// Items of a list in a meet's state: weight classes and divisions are dozens.
pub const MEET_LIST_ITEMS: usize = 256;
/// Weights of plates in a meet's state.
pub const MEET_PLATES: usize = 64;
/// A password for a meet, in bytes: 128 characters of up to four bytes.
pub const MEET_PASSWORD_BYTES: usize = 512;
/// Locations of a meet: a few rooms and platforms.
pub const MEET_LOCATIONS: usize = 64;
/// A location's name.
pub const MEET_LOCATION_BYTES: usize = 64;
/// The value of one update: an entry with the longest notes and every list filled as people do.
pub const MEET_VALUE_BYTES: usize = 16 * 1024;
/// Updates of one batch; a desk that was offline for a day sends several.
pub const MEET_BATCH: usize = 256;
/// Lines of one chunk, a batch of updates, or a part of an upload: a bad line of 10 KB/s takes three seconds for it.
pub const MEET_CHUNK_BYTES: usize = 32 * 1024;
/// A meet's log, in bytes: 300 lifters with every change of a day take about one.
pub const MEET_LOG_BYTES: usize = 8 * 1024 * 1024;
/// A log that a desk brings, in memory while it is decoded: a line of few bytes takes hundreds there.
pub const MEET_LOG_DECODE_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of the log kept for the core's own lines, so that a full meet can still be joined, published and finished.
pub const MEET_LOG_SPARE_BYTES: usize = 64 * 1024;
/// One answer of what displays see: half of a link's frame.
pub const MEET_PUBLIC_BYTES: usize = 512 * 1024;
/// What displays see of one meet, as one body; 1,000 lifters take less than half.
pub const MEET_SHOWN_BYTES: usize = 1024 * 1024;
/// A meet's results file: 1,000 lifters with every column take a third.
pub const MEET_RESULTS_BYTES: usize = 1024 * 1024;
/// The address that questions about results go to.
pub const MEET_ADDRESS_BYTES: usize = 254;
/// Unfinished meets of one core: all their logs are in memory.
pub const MEETS: usize = 1_000;
/// Desks that ever joined one meet.
pub const MEET_DESKS: usize = 256;
/// Sessions of one meet, displays included.
pub const MEET_SESSIONS: usize = 512;
/// Uploads that are under way, in all; each holds up to a log.
pub const MEET_UPLOADS: usize = 8;
/// Quiet time after which an upload is dropped.
pub const MEET_UPLOAD_MS: u64 = 60_000;
/// How long a session lives without use.
pub const MEET_SESSION_MS: u64 = 7 * 24 * 3_600_000;
/// A use puts a session's end off only where that moves it by this much, so that not every request is a write.
pub const MEET_RENEW_MS: u64 = 3_600_000;
/// The longest that an answer to a pull waits for a line.
pub const MEET_PULL_MS: u64 = 20_000;
/// Pulls that wait at one core.
pub const MEET_PULLS: usize = 16_384;
/// A request about meets that has no answer after this long is asked again: a pull's wait and a slow network.
pub const MEET_REQUEST_MS: u64 = 30_000;
/// Group commit: lines wait at most this long for others before they are synced together.
pub const MEET_COMMIT_MS: u64 = 5;
/// Passwords hashed at once, each in 32 MiB.
pub const MEET_LANES: usize = 2;
/// Passwords that wait for a lane: of desks that are known, of new ones, and of meets that are made.
pub const MEET_LANE_QUEUE: usize = 32;
/// The least time that an answer to a wrong password or an unknown id takes.
pub const MEET_LOGIN_MS: u64 = 1_000;
/// The wait after the first wrong password for a meet from one address, doubled by each further one, and its ceiling: a
/// gym's desks share one address, and whoever waits must be answered before `MEET_REQUEST_MS`.
pub const MEET_WRONG_MS: (u64, u64) = (1_000, 20_000);
/// Wrong passwords a minute of one link before all of its joins wait their turn.
pub const MEET_WRONG_PER_LINK: u32 = 120;
/// Meets and addresses whose wrong passwords are remembered.
pub const MEET_WRONG_KEPT: usize = 65_536;
/// Passwords that wait because of wrong ones before them, in all, and from one address: a hall full of desks behind
/// one.
pub const MEET_DELAYED: usize = 1_024;
/// See [`MEET_DELAYED`].
pub const MEET_DELAYED_PER_ADDRESS: usize = 32;
/// Requests about meets under way on one link.
pub const MEET_LINK_REQUESTS: usize = 16_384;
/// Bytes of requests or of answers about meets that wait on one link, before more are refused.
pub const MEET_LINK_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of answers that wait for one client, before further ones about meets are refused.
pub const MEET_CLIENT_BYTES: usize = 1024 * 1024;
/// The first wait of a relay before it asks again for what displays see, doubled by each further refusal, and its
/// ceiling.
pub const MEET_AGAIN_MS: (u64, u64) = (250, 10_000);
/// Days after which a finished meet is cleared away, by default.
pub const MEET_KEPT_DAYS: u32 = 90;
/// Time that a publisher's server may take for one answer: GitLab itself gives a request up after 60 seconds.
pub const PUBLISH_REQUEST_MS: u64 = 70_000;
/// First and longest wait before results are handed over again; half of it to all of it, at random.
pub const PUBLISH_AGAIN_MS: (u64, u64) = (5_000, 900_000);
/// After an answer that was lost, the wait until whatever was begun at the server must be there or never will be.
pub const PUBLISH_UNCLEAR_MS: u64 = 75_000;
/// The longest wait that a publisher's server can ask for.
pub const PUBLISH_RETRY_AFTER_MS: u64 = 3_600_000;
/// One answer of a publisher's server: a page of issues with results in them.
pub const PUBLISH_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// Results put into an issue's text; longer ones are attached.
pub const PUBLISH_INLINE_BYTES: usize = 100_000;
/// Pages of the latest issues that are looked through for one that was made already.
pub const PUBLISH_PAGES: usize = 10;
