//! The boundary to JavaScript: what comes in through `Core`, and what goes out packed.
//!
//! The same tests run natively and, as WebAssembly, in Node; those of `javascript` only there, since they call `Core`
//! as JavaScript does. The relay's part is played by messages made in `relay`; outputs are read back by `reader`.

mod edits;
mod hostile;
#[cfg(target_arch = "wasm32")]
mod javascript;
#[cfg(feature = "meets")]
mod meet;
mod reader;
mod relay;
mod shown;
mod transport;
