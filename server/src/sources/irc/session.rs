//! What an IRC client says and understands, line by line: registration, channels, pings, messages. It does no I/O:
//! each line answers with what to do, and `mod.rs` does it.

use irc_proto::{CapSubCommand, Command, Message, Response};
use scorelay_protocol::event::Event;

use super::IrcConfig;
use crate::sources::Dropped;
use crate::sources::chatter::{self, Tags};

/// Lines on IRC are at most 512 bytes with their end; a JOIN of many channels is cut into several.
const JOIN_BYTES: usize = 400;
/// Every server takes 9 bytes; 8 of `justinfan12345` begin with a letter, as a nick must.
const SHORT_NICK: usize = 8;
const TWITCH_TAGS: &str = "twitch.tv/tags twitch.tv/commands";

/// What follows from a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing.
    Nothing,
    /// A message to be scored.
    Count(Event),
    /// A line that is counted as something else.
    Drop(Dropped),
    /// Send this.
    Say(String),
    /// The server has let us in: send this.
    Enter(String),
    /// Something is wrong, and we stay.
    Complain(String),
    /// The server wants no more.
    Leave(String),
}

/// One connection's talk.
#[derive(Debug)]
pub(super) struct Session {
    nick: String,
    channels: Vec<String>,
    password: Option<String>,
    tags: bool,
    /// How often the nick was taken.
    tries: u32,
}

impl Session {
    pub(super) fn new(config: &IrcConfig, nick: String) -> Self {
        Self {
            nick,
            channels: config.channels.clone(),
            password: config.password.as_ref().map(|password| password.0.clone()),
            tags: config.tags,
            tries: 0,
        }
    }

    /// What is said first.
    pub(super) fn greeting(&self) -> String {
        let mut text = String::new();
        if self.tags {
            text += &format!("CAP REQ :{TWITCH_TAGS}\r\n");
        }
        if let Some(password) = &self.password {
            text += &format!("PASS {password}\r\n");
        }
        text + &format!("NICK {0}\r\nUSER {0} 0 * :scorelay\r\n", self.nick)
    }

    /// Takes a line.
    pub(super) fn line(&mut self, line: &str) -> Does {
        if line.is_empty() {
            return Does::Nothing;
        }
        let Ok(message) = line.parse::<Message>() else { return Does::Drop(Dropped::Unparsable) };
        match &message.command {
            Command::PRIVMSG(target, text) => said(&message, target, text),
            Command::PING(token, _) => Does::Say(format!("PONG :{token}\r\n")),
            Command::CAP(_, CapSubCommand::ACK, _, _) => Does::Say("CAP END\r\n".into()),
            Command::CAP(_, CapSubCommand::NAK, _, _) => Does::Say("CAP END\r\n".into()),
            Command::ERROR(why) => Does::Leave(why.clone()),
            Command::KICK(channel, nick, _) if *nick == self.nick => Does::Leave(format!("kicked from {channel}")),
            Command::NOTICE(target, text) if target == "*" && text.contains("authentication failed") => {
                Does::Leave(text.clone())
            }
            Command::Response(response, args) => self.answered(*response, args),
            Command::Raw(name, _) if name == "RECONNECT" => Does::Leave("the server asks to reconnect".into()),
            Command::Raw(name, args) if name == "USERNOTICE" => noticed(&message, args),
            Command::Raw(name, args) if name == "CLEARCHAT" || name == "CLEARMSG" => cleared(&message, name, args),
            _ => Does::Nothing,
        }
    }

    fn answered(&mut self, response: Response, args: &[String]) -> Does {
        match response {
            Response::RPL_WELCOME => {
                if let Some(nick) = args.first() {
                    self.nick.clone_from(nick);
                }
                Does::Enter(joins(&self.channels))
            }
            Response::ERR_NICKNAMEINUSE | Response::ERR_NICKCOLLISION if self.tries < 10 => {
                self.tries += 1;
                Does::Say(format!("NICK {}{}\r\n", self.nick, self.tries))
            }
            Response::ERR_ERRONEOUSNICKNAME if self.nick.len() > SHORT_NICK => {
                let end = self.nick.ceil_char_boundary(self.nick.len() - SHORT_NICK);
                self.nick.drain(..end);
                Does::Say(format!("NICK {}\r\n", self.nick))
            }
            Response::ERR_NICKNAMEINUSE
            | Response::ERR_NICKCOLLISION
            | Response::ERR_ERRONEOUSNICKNAME
            | Response::ERR_PASSWDMISMATCH
            | Response::ERR_YOUREBANNEDCREEP => Does::Leave(args.last().cloned().unwrap_or_default()),
            Response::ERR_NOSUCHCHANNEL
            | Response::ERR_TOOMANYCHANNELS
            | Response::ERR_CHANNELISFULL
            | Response::ERR_INVITEONLYCHAN
            | Response::ERR_BANNEDFROMCHAN
            | Response::ERR_BADCHANNELKEY
            | Response::ERR_BADCHANMASK => Does::Complain(args.get(1..).unwrap_or_default().join(": ")),
            _ => Does::Nothing,
        }
    }
}

/// JOINs of all channels, as few lines as fit.
fn joins(channels: &[String]) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for channel in channels {
        if !line.is_empty() && line.len() + channel.len() > JOIN_BYTES {
            text += &format!("JOIN {line}\r\n");
            line.clear();
        }
        if !line.is_empty() {
            line.push(',');
        }
        line += channel;
    }
    text + &format!("JOIN {line}\r\n")
}

/// Messages to channels count; those to us alone and requests between programs do not.
fn said(message: &Message, target: &str, text: &str) -> Does {
    if !target.starts_with(['#', '&', '+', '!']) {
        return Does::Drop(Dropped::Ignored);
    }
    let text = match text.strip_prefix('\u{1}') {
        None => text,
        Some(request) => match request.strip_prefix("ACTION ") {
            Some(action) => action.trim_end_matches('\u{1}'),
            None => return Does::Drop(Dropped::Ignored),
        },
    };
    let event = message.source_nickname().and_then(|nick| chatter::message(nick, target, text, tags(message)));
    event.map_or(Does::Drop(Dropped::Unparsable), Does::Count)
}

fn tags(message: &Message) -> Tags {
    Tags::collect(message.tags.iter().flatten().filter_map(|tag| Some((tag.0.as_str(), tag.1.as_deref()?))))
}

/// Twitch's word on gifts, raids and much else.
fn noticed(message: &Message, args: &[String]) -> Does {
    let Some(room) = args.first() else { return Does::Drop(Dropped::Unparsable) };
    chatter::notice("", room, tags(message)).map_or(Does::Drop(Dropped::Ignored), Does::Count)
}

/// Messages that a room's moderators took back. The last argument of `CLEARMSG` is the message's text.
fn cleared(message: &Message, name: &str, args: &[String]) -> Does {
    let Some(room) = args.first() else { return Does::Drop(Dropped::Unparsable) };
    let nick = args.get(1).filter(|_| name == "CLEARCHAT").map(String::as_str);
    chatter::clear(room, nick, &tags(message)).map_or(Does::Drop(Dropped::Unparsable), Does::Count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::event::{Clear, Cleared, Done, Notice};

    fn session() -> Session {
        let config = IrcConfig {
            server: "irc.example".into(),
            port: 6667,
            tls: None,
            channels: vec!["#one".into(), "#two".into()],
            nick: None,
            password: None,
            tags: true,
        };
        Session::new(&config, "justinfan12345".into())
    }

    fn counted(line: &str) -> scorelay_protocol::event::ChatMessage {
        match session().line(line) {
            Does::Count(Event::Message(message)) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn registration_asks_for_tags_and_joins_when_welcomed() {
        let mut session = session();
        assert_eq!(
            session.greeting(),
            "CAP REQ :twitch.tv/tags twitch.tv/commands\r\nNICK justinfan12345\r\nUSER justinfan12345 0 * :scorelay\r\n"
        );
        assert_eq!(session.line(":s CAP * ACK :twitch.tv/tags"), Does::Say("CAP END\r\n".into()));
        assert_eq!(session.line(":s CAP * NAK :twitch.tv/tags"), Does::Say("CAP END\r\n".into()));
        assert_eq!(session.line(":s 433 * justinfan12345 :in use"), Does::Say("NICK justinfan123451\r\n".into()));
        assert_eq!(session.line(":s 001 justinfan123451 :Welcome"), Does::Enter("JOIN #one,#two\r\n".into()));
        assert_eq!(session.line(":o KICK #one justinfan123451 :out"), Does::Leave("kicked from #one".into()));
    }

    #[test]
    fn a_nick_that_is_too_long_is_cut_once() {
        let mut session = session();
        assert_eq!(session.line(":s 432 * justinfan12345 :Too long"), Does::Say("NICK fan12345\r\n".into()));
        assert_eq!(session.line(":s 432 * fan12345 :Bad"), Does::Leave("Bad".into()));
    }

    #[test]
    fn pings_are_answered_with_their_token() {
        assert_eq!(session().line("PING :tmi.twitch.tv"), Does::Say("PONG :tmi.twitch.tv\r\n".into()));
    }

    #[test]
    fn a_long_list_of_channels_is_joined_in_several_lines() {
        let channels: Vec<String> = (0..60).map(|n| format!("#channel-{n:04}")).collect();
        let text = joins(&channels);
        assert!(text.lines().count() > 1);
        assert!(text.lines().all(|line| line.len() < 500 && line.starts_with("JOIN #")));
        let joined: Vec<&str> = text.lines().flat_map(|line| line["JOIN ".len()..].split(',')).collect();
        assert_eq!(joined, channels);
    }

    #[test]
    fn messages_are_of_the_tagged_user_or_the_nick() {
        let twitch = counted("@id=m1;user-id=77;display-name=Ada\\sL :ada!a@h PRIVMSG #one :hello : {world}");
        assert_eq!(twitch.author.to_string(), "twitch:77");
        assert_eq!((twitch.name.as_str(), twitch.text.as_str()), ("Ada L", "hello : {world}"));
        assert_eq!(twitch.id.as_deref(), Some("m1"));
        let plain = counted(":bob!b@h PRIVMSG #two hi");
        assert_eq!((plain.author.to_string().as_str(), plain.room.as_str()), ("irc:bob", "#two"));
        assert_eq!(counted(":bob!b@h PRIVMSG #two :\u{1}ACTION waves\u{1}").text, "waves");
    }

    #[test]
    fn gifts_raids_and_clears_of_twitch_are_told() {
        let told = |line: &str| match session().line(line) {
            Does::Count(event) => event,
            other => panic!("{line}: {other:?}"),
        };
        let raid = told("@msg-id=raid;user-id=7;login=ada;msg-param-viewerCount=30 :tmi.twitch.tv USERNOTICE #one");
        assert!(matches!(raid, Event::Notice(Notice { done: Done::Raid(30), .. })), "{raid:?}");
        let of = told("@target-user-id=7 :tmi.twitch.tv CLEARCHAT #one :ada");
        assert_eq!(of, Event::Clear(Clear { room: "#one".into(), what: Cleared::Of("twitch:7".parse().unwrap()) }));
        let all = told(":tmi.twitch.tv CLEARCHAT #one");
        assert_eq!(all, Event::Clear(Clear { room: "#one".into(), what: Cleared::All }));
        let one = told("@target-msg-id=m-1 :tmi.twitch.tv CLEARMSG #one :what it said");
        assert_eq!(one, Event::Clear(Clear { room: "#one".into(), what: Cleared::One("m-1".into()) }));
        let sub = session().line("@msg-id=resub;user-id=7;login=ada :tmi.twitch.tv USERNOTICE #one :hi");
        assert_eq!(sub, Does::Drop(Dropped::Ignored));
    }

    #[test]
    fn what_is_no_message_to_a_channel_is_not_counted() {
        for line in [":bob!b@h PRIVMSG justinfan12345 :psst", ":bob!b@h PRIVMSG #one :\u{1}VERSION\u{1}"] {
            assert_eq!(session().line(line), Does::Drop(Dropped::Ignored), "{line}");
        }
        for line in [":bob!b@h JOIN #one", ":s NOTICE #one :slow mode", ":s 366 me #one :End", ""] {
            assert_eq!(session().line(line), Does::Nothing, "{line}");
        }
        for line in [":", "@", "@a=b", " ", "\u{0}", ":x", "@=;;; PRIVMSG #one :no source", "PRIVMSG #one :no source"] {
            let does = session().line(line);
            assert!(matches!(does, Does::Drop(_) | Does::Nothing), "{line}: {does:?}");
        }
    }

    #[test]
    fn refusals_end_the_run_or_are_complained_about() {
        assert_eq!(session().line("ERROR :Closing link"), Does::Leave("Closing link".into()));
        assert_eq!(session().line(":tmi.twitch.tv RECONNECT"), Does::Leave("the server asks to reconnect".into()));
        assert_eq!(
            session().line(":s 474 me #one :Cannot join channel (+b)"),
            Does::Complain("#one: Cannot join channel (+b)".into())
        );
    }
}
