//! Keys and directories from the command line, with the real program: keys made, shown, rotated, recovered, lost, damaged,
//! and kept by a TPM that each test starts; directories damaged, copied, and read only.

mod copies;
mod directory;
mod program;
mod receipts;
mod server;
mod software;
mod vault_root;
#[cfg(feature = "tpm")]
mod served;
#[cfg(feature = "tpm")]
mod hardware;

#[cfg(not(feature = "tpm"))]
#[test]
fn a_program_without_tpm_support_says_so_and_makes_nothing() {
    fixtures::swtpm::skipped("api/tests/keys/hardware.rs", "built without TPM support (feature tpm)");
    let log = program::Log::nowhere();
    let said = log.run(&["log", "init", "--protection", "tpm"]).refused();
    assert!(said.contains("built without TPM support"), "{said}");
    assert!(!log.path().join("db").exists(), "a log was made without what was to protect it");
}
