//! What the tests of the core's process share: a core that is started, stopped and asked, commands that are expected to
//! fail, a source on a link, and servers for the sources to read, with certificates. Waiting and processes are those of
//! the system tests.

pub(crate) mod core;
pub(crate) mod gateway;
pub(crate) mod publisher;
pub(crate) mod stream;
pub(crate) mod tls;
