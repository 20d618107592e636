//! The metadata server as its clients see it.

mod fuzz;
mod served;
mod tokens;
mod values;
mod world;
