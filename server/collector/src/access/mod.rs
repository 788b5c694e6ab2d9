//! Who may use the API, and for what.
//!
//! | module | owns |
//! |---|---|
//! | `permission` | what there is to be allowed, and the one table of roles |
//! | `users` | the access file: people, their roles, their credentials |
//! | `token` | bearer tokens and their hashes |
//! | `caller` | who sends a request, and what it may see |
//! | `scope` | which hosts a caller may know of |
//! | `gate` | the file in force: read again when it changes, every version logged |
//!
//! Without an access file every auditor's certificate is somebody with the role `auditor`. With one,
//! nobody is let in whom it does not list.
//!
//! Start reading at [`Caller`], then `users`.

mod caller;
mod gate;
mod permission;
mod scope;
mod token;
mod users;

pub use caller::{Caller, Credential, Denied};
pub use gate::{Access, AccessError};
pub use permission::{Permission, allows};
pub use scope::Scope;
pub use token::{Token, TokenError, TokenHash};
pub use users::{MAX_BYTES, User, Users};
