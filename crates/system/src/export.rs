//! A system in the formats of other tools.

mod mermaid;
mod otm;

pub use self::mermaid::mermaid;
pub use self::otm::otm;
