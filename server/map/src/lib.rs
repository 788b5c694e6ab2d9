//! World maps as SVG: the land, anchors and their caps, feasible regions.
//!
//! Pure: no I/O, no clock, and the same input gives the same bytes. What it draws has no script
//! and loads nothing. A picture decides nothing: it takes samples, in floating point of the
//! platform, of what `domicile-geo` answers exactly.
//!
//! | Module | Owns |
//! |---|---|
//! | `point.rs` | points in degrees |
//! | `view.rs` | the window that is drawn |
//! | `raster.rs` | land and regions as runs of samples |
//! | `shape.rs` | circles on the earth as paths |
//! | `page.rs`, `style.rs` | the page of hosts with their caps |
//! | `plan.rs` | the map of a plan for anchors |
//! | `text.rs` | text from outside |
//!
//! Start reading at [`MapPage::html`] or [`PlanMap::svg`], then [`Land`].

mod page;
mod plan;
mod point;
mod raster;
mod shape;
mod style;
#[cfg(test)]
mod tests;
mod text;
mod view;

pub use page::{MapAnchor, MapCap, MapHost, MapPage};
pub use plan::{PlanMap, PlanMark, PlanMetro};
pub use point::Point;
pub use raster::{Land, Limit};
pub use shape::{CapShape, cap_shape};
pub use text::escape;
pub use view::View;
