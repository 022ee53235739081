//! Credentials as those who send them, and those who forge them, meet the doors.

mod signing;
mod secrets;
mod foreign;
mod forms;
mod confusion;
mod claims;
mod times;
mod keys;
mod issuers;
mod properties;
