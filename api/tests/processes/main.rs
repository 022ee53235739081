//! What becomes of the processes of tasks, with the real program: what they inherit, who ends them, and that nothing else
//! is ever ended.

mod served;

mod endings;
mod inheritance;
mod shortage;
