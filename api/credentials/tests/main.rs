//! Credentials as those who send them, and those who forge them, meet the doors.

mod secrets;
