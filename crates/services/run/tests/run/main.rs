//! Services: what is accepted, what is refused, and what the gate sees of it.

mod images;
mod memory;
mod services;
mod support;
