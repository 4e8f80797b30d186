//! What HTTP tests are made of.

pub mod browser;
pub mod page;
pub mod server;
pub mod wire;

pub use browser::Browser;
pub use page::{Answer, Form};
pub use server::{PASSWORD, SERVER_NAME, Server, statuses};
