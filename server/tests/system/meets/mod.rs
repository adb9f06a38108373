//! Meets over real processes: a core with its files, two relays in a chain, desks over real sockets with their own
//! state files. The same scenarios on virtual time, and many more at random, are in the simulation.

mod displays;
mod house;
mod kills;
mod refusals;
mod scenarios;
mod seat;
