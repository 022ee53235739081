//! What access decides.

use triad_event::access::{
    AccessRefused, Ask, Cause, ChangeKey, Grants, IssueKey, KeyRestored, KeyRevoked, KeyRotated, MakeLink,
    NamePerson, Origin, Person, Reach, ReplacePolicy, RightUsed, SessionEnded, SessionOpened,
};
use triad_event::ids::{DataSubjectId, LinkId, PrincipalId, SessionId};
use triad_event::log::{Adopted, Place};
use triad_event::quantity::{Bytes, Micros};
use triad_event::sealed::Sealed;
use triad_event::subjects::{RequestErasure, Standing, Subject};

use crate::tests::door::Door;
use crate::{Refusal as AnyRefusal, subjects};

const ADMIN: PrincipalId = PrincipalId([1; 16]);
const CLERK: PrincipalId = PrincipalId([2; 16]);
const LINK: LinkId = LinkId([3; 16]);
const SESSION: SessionId = SessionId([4; 16]);
const HOUR: i64 = 3_600_000_000;

fn grants(role: &str, reach: Reach) -> Grants {
    Grants {
        owner: "acme".to_owned(),
        roles: vec![role.to_owned()],
        reach,
        tenant: "acme".to_owned(),
        further_tenants: Vec::new(),
        zones: Vec::new(),
        classes: Vec::new(),
        requests_per_minute: None,
        workflows_alive_max: None,
        expires: None,
    }
}

fn administrator() -> Grants {
    grants("admin", Reach::Installation)
}

fn submitter() -> Grants {
    grants("submitter", Reach::Tenants)
}

fn issue(key: PrincipalId, grants: Grants) -> Ask {
    let (label, reason) = ("ci".to_owned(), String::new());
    Ask::from(IssueKey { key, label, person: None, digest: [9; 32], grants, link: None, reason })
}

fn claim(key: PrincipalId, grants: Grants) -> Ask {
    let (label, reason) = ("first".to_owned(), String::new());
    Ask::from(IssueKey { key, label, person: None, digest: [9; 32], grants, link: Some(LINK), reason })
}

fn link(key: Option<PrincipalId>, grants: Grants, expires: i64) -> Ask {
    let (digest, expires) = ([8; 32], Micros(expires));
    Ask::from(MakeLink { link: LINK, digest, key, grants, expires, reason: String::new() })
}

fn session(key: PrincipalId, link: Option<LinkId>, expires: i64) -> Ask {
    let expires = Micros(expires);
    Ask::from(SessionOpened { session: SESSION, key, digest: [7; 32], link, expires })
}

fn revoke(key: PrincipalId) -> Ask {
    KeyRevoked { key, reason: String::new() }.into()
}

/// A log with an administrator and a clerk.
fn door() -> Door {
    let mut door = Door::open();
    assert_eq!(ask(&mut door, issue(ADMIN, administrator())), "access.key_issued");
    assert_eq!(ask(&mut door, issue(CLERK, submitter())), "access.key_issued");
    door
}

/// What is recorded first, or why it is refused.
fn ask(door: &mut Door, ask: Ask) -> String {
    match door.input(ask.into()) {
        Ok(_) => match door.group.records.first() {
            Some(first) => first.event.kind().name().to_owned(),
            None => "recorded before".to_owned(),
        },
        Err(refusal) => format!("refused: {refusal}"),
    }
}

#[test]
fn a_revoked_key_asks_nothing_any_more_and_never_comes_back() {
    let mut door = door();
    door.principal = CLERK;
    assert_eq!(door.run("submit w: a")[0], "w workflow_submitted 0+1");
    door.principal = ADMIN;
    assert_eq!(ask(&mut door, revoke(CLERK)), "access.key_revoked");
    assert_eq!(ask(&mut door, revoke(CLERK)), format!("refused: key {CLERK} is revoked"));
    let exists = format!("refused: another key has the id {CLERK}");
    assert_eq!(ask(&mut door, issue(CLERK, submitter())), exists);
    assert_eq!(ask(&mut door, session(CLERK, None, 2 * HOUR)), format!("refused: key {CLERK} is revoked"));
    door.principal = CLERK;
    let ended = format!("refused: credential {CLERK} does not count any more");
    assert_eq!(door.run("submit v: a"), [ended.as_str()]);
    assert_eq!(door.run("cancel w"), [ended.as_str()]);
}

#[test]
fn an_expired_key_asks_nothing_and_needs_no_revocation_for_it() {
    let mut door = door();
    let expires = Some(Micros(door.at.0 + HOUR));
    let asked = ChangeKey { key: CLERK, grants: Grants { expires, ..submitter() }, reason: String::new() };
    assert_eq!(ask(&mut door, asked.clone().into()), "access.key_changed");
    assert_eq!(ask(&mut door, asked.into()), "recorded before");
    door.principal = CLERK;
    door.wait(Micros(HOUR - 1));
    assert_eq!(door.run("submit w: a").len(), 3);
    door.wait(Micros(1));
    assert_eq!(door.run("submit v: a"), [format!("refused: credential {CLERK} does not count any more")]);
    door.principal = ADMIN;
    let rotated = KeyRotated { key: CLERK, digest: [5; 32], former_until: Micros(0), reason: String::new() };
    assert_eq!(ask(&mut door, rotated.into()), format!("refused: key {CLERK} has expired"));
}

#[test]
fn somebody_is_left_who_can_give_rights() {
    let mut door = door();
    let last =
        "refused: it is the last key with the role admin for the whole installation: issue another one first";
    assert_eq!(ask(&mut door, revoke(ADMIN)), last);
    let less = ChangeKey { key: ADMIN, grants: submitter(), reason: String::new() };
    assert_eq!(ask(&mut door, less.clone().into()), last);
    let other = PrincipalId([6; 16]);
    assert_eq!(ask(&mut door, issue(other, administrator())), "access.key_issued");
    assert_eq!(ask(&mut door, less.into()), "access.key_changed");
    assert_eq!(ask(&mut door, revoke(other)), last);
}

#[test]
fn a_link_is_used_once_in_its_time_for_what_it_grants() {
    let mut door = Door::open();
    let expires = door.at.0 + HOUR;
    assert_eq!(ask(&mut door, link(None, administrator(), expires)), "access.link_made");
    let otherwise = "refused: the link grants something else";
    assert_eq!(ask(&mut door, claim(ADMIN, submitter())), otherwise);
    assert_eq!(ask(&mut door, claim(ADMIN, administrator())), "access.key_issued");
    let used = format!("refused: link {LINK} does not exist, was used, or has expired");
    assert_eq!(ask(&mut door, claim(CLERK, administrator())), used);
    assert_eq!(ask(&mut door, link(Some(ADMIN), administrator(), expires)), "access.link_made");
    assert_eq!(ask(&mut door, claim(CLERK, administrator())), used);
    door.wait(Micros(HOUR));
    let now = door.at.0;
    assert_eq!(ask(&mut door, session(ADMIN, Some(LINK), now + HOUR)), used);
    let past = "refused: the moment at which it is to expire is over";
    assert_eq!(ask(&mut door, link(None, administrator(), now)), past);
}

#[test]
fn a_session_ends_by_itself_and_with_its_key() {
    let mut door = door();
    let expires = door.at.0 + HOUR;
    assert_eq!(ask(&mut door, session(CLERK, None, expires)), "access.session_opened");
    assert_eq!(ask(&mut door, SessionEnded { session: SESSION }.into()), "access.session_ended");
    let ended = format!("refused: session {SESSION} has ended, or never began");
    assert_eq!(ask(&mut door, SessionEnded { session: SESSION }.into()), ended);
    assert_eq!(ask(&mut door, session(CLERK, None, expires)), "access.session_opened");
    assert_eq!(ask(&mut door, revoke(CLERK)), "access.key_revoked");
    assert_eq!(ask(&mut door, SessionEnded { session: SESSION }.into()), ended);
}

#[test]
fn a_key_has_so_many_sessions_and_those_that_are_over_make_room() {
    let mut door = door();
    let expires = door.at.0 + HOUR;
    let open_until = |number: u8, expires: i64| {
        let (session, expires) = (SessionId([number; 16]), Micros(expires));
        Ask::from(SessionOpened { session, key: CLERK, digest: [7; 32], link: None, expires })
    };
    let open = |number| open_until(number, expires);
    for number in 0x41..=0x60 {
        assert_eq!(ask(&mut door, open(number)), "access.session_opened");
    }
    assert!(ask(&mut door, open(0x61)).starts_with("refused: the key has 32 sessions"));
    let of_admin = session(ADMIN, None, expires);
    assert_eq!(ask(&mut door, of_admin), "access.session_opened");
    door.wait(Micros(HOUR));
    let later = door.at.0 + HOUR;
    assert_eq!(ask(&mut door, open_until(0x62, later)), "access.session_opened");
}

#[test]
fn a_copy_that_is_adopted_lets_nobody_in_by_what_counted_before() {
    let mut door = door();
    let expires = door.at.0 + HOUR;
    assert_eq!(ask(&mut door, session(CLERK, None, expires)), "access.session_opened");
    let place = Place { id: [1; 16], file_system: 1, inode: 2 };
    door.write(Adopted { place, before: [0; 16], reason: String::new() }.into());
    door.principal = ADMIN;
    let ended = format!("refused: credential {ADMIN} does not count any more");
    assert_eq!(ask(&mut door, revoke(CLERK)), ended);
    door.principal = PrincipalId::ZERO;
    assert_eq!(ask(&mut door, link(None, administrator(), expires)), "access.link_made");
    let fresh = PrincipalId([6; 16]);
    assert_eq!(ask(&mut door, claim(fresh, administrator())), "access.key_issued");
    door.principal = fresh;
    let restored = || KeyRestored { key: CLERK, reason: String::new() }.into();
    let suspended = format!("refused: key {CLERK} is suspended: restore it first");
    assert_eq!(ask(&mut door, session(CLERK, None, expires)), suspended);
    assert_eq!(ask(&mut door, restored()), "access.key_restored");
    assert_eq!(ask(&mut door, restored()), format!("refused: key {CLERK} is not suspended"));
    door.principal = CLERK;
    assert_eq!(door.run("submit w: a").len(), 3);
}

#[test]
fn a_credential_has_as_many_workflows_alive_as_it_may() {
    let mut door = Door::open();
    let bounded = Grants { workflows_alive_max: Some(2), ..submitter() };
    assert_eq!(ask(&mut door, issue(CLERK, bounded)), "access.key_issued");
    door.principal = CLERK;
    assert_eq!(door.run("submit w: a").len(), 3);
    assert_eq!(door.run("submit v: a").len(), 3);
    let full = "refused: at most 2 workflows of this credential may be alive";
    assert_eq!(door.run("submit u: a"), [full]);
    door.principal = PrincipalId([5; 16]);
    assert_eq!(door.run("submit t: a").len(), 3);
    door.run("end w/a ok");
    door.principal = CLERK;
    assert_eq!(door.run("submit u: a").len(), 3);
    assert_eq!(door.run("submit s: a"), [full]);
}

#[test]
fn rights_are_noted_once_an_hour_and_refusals_once_a_minute() {
    let mut door = door();
    door.principal = CLERK;
    let used = |tenant: &str| {
        let (action, tenant) = ("submit_workflow".to_owned(), tenant.to_owned());
        Ask::from(RightUsed { action, tenant, policies: Vec::new(), policy_set: [0; 32] })
    };
    let refused = |cause| {
        let (action, tenant) = ("set".to_owned(), String::new());
        Ask::from(AccessRefused { action, tenant, cause, policies: Vec::new(), policy_set: [0; 32] })
    };
    assert_eq!(ask(&mut door, used("acme")), "access.right_used");
    assert_eq!(ask(&mut door, used("acme")), "recorded before");
    assert_eq!(ask(&mut door, used("other")), "access.right_used");
    assert_eq!(ask(&mut door, refused(Cause::NotAllowed)), "access.access_refused");
    assert_eq!(ask(&mut door, refused(Cause::NotAllowed)), "recorded before");
    assert_eq!(ask(&mut door, refused(Cause::TooOften)), "access.access_refused");
    door.wait(Micros(60_000_000));
    assert_eq!(ask(&mut door, refused(Cause::NotAllowed)), "access.access_refused");
    assert_eq!(ask(&mut door, used("acme")), "recorded before");
    let replaced = |digest| {
        let (text, origin) = (String::new(), Origin::Written);
        Ask::from(ReplacePolicy { text, digest, origin, reason: String::new() })
    };
    assert_eq!(ask(&mut door, replaced([1; 32])), "access.policy_replaced");
    assert_eq!(ask(&mut door, replaced([1; 32])), "refused: these policies are in force");
    assert_eq!(ask(&mut door, used("acme")), "access.right_used");
    door.wait(Micros(HOUR));
    assert_eq!(ask(&mut door, used("acme")), "access.right_used");
}

#[test]
fn what_is_granted_must_make_sense() {
    let mut door = Door::open();
    let rows: [(&str, fn(&mut Grants)); 6] = [
        ("roles: \"Admin\" is not 1 to 64 of a-z, 0-9, _ and -", |grants| {
            grants.roles = vec!["Admin".into()]
        }),
        ("owner: \"\" is not 1 to 64 of a-z, 0-9, _ and -", |grants| grants.owner.clear()),
        ("tenant: \"a/b\" is not 1 to 64 of a-z, 0-9, _ and -", |grants| grants.tenant = "a/b".into()),
        ("zones names more than 64", |grants| grants.zones = vec!["z".into(); 65]),
        ("requests_per_minute is at least 1", |grants| grants.requests_per_minute = Some(0)),
        ("the moment at which it is to expire is over", |grants| grants.expires = Some(Micros(0))),
    ];
    for (why, spoil) in rows {
        let mut grants = submitter();
        spoil(&mut grants);
        assert_eq!(ask(&mut door, issue(CLERK, grants)), format!("refused: {why}"));
    }
    assert!(ask(&mut door, issue(PrincipalId::ZERO, submitter())).starts_with("refused: another key"));
}

/// Whose a key is, sealed under a data subject by the vault.
fn person(subject: [u8; 16], slot: u64, length: u64, looked_up_through: u64) -> Person {
    let name = Sealed { address: [1; 32], commitment: [2; 32], length: Bytes(length) };
    let id = DataSubjectId(subject);
    Person { subject: Subject { id, slot, standing: Standing::New, looked_up_through }, name: name.into() }
}

fn name(key: PrincipalId, person: Person) -> Ask {
    NamePerson { key, person, reason: String::new() }.into()
}

#[test]
fn a_name_is_taken_for_a_key_that_counts_and_for_nobody_who_is_forgotten() {
    let mut door = door();
    let of_clerk = |slot| person(CLERK.0, slot, 12, 1_000);
    assert_eq!(ask(&mut door, name(CLERK, of_clerk(4))), "access.person_named");
    assert_eq!(ask(&mut door, name(CLERK, of_clerk(4))), "access.person_named", "a name can be put right");
    let unknown = PrincipalId([6; 16]);
    assert_eq!(ask(&mut door, name(unknown, of_clerk(4))), format!("refused: there is no key {unknown}"));
    for length in [0, 257] {
        let refused = ask(&mut door, name(CLERK, person(CLERK.0, 4, length, 1_000)));
        assert_eq!(refused, "refused: the name of a person has 1 to 256 bytes");
    }
    let erase = |looked_up_through| {
        let subject = Subject { looked_up_through, standing: Standing::Known, ..of_clerk(4).subject };
        RequestErasure { subject, last_accepted: None, reason: String::new() }
    };
    // The moment of the name counts against the rule of retention, though the vault was asked before it came in.
    assert_eq!(door.run("set retention_min 1000").len(), 1);
    let refused = door.input(subjects::Ask::from(erase(1_000)).into());
    assert!(matches!(refused, Err(AnyRefusal::Subjects(subjects::Refusal::Retention { .. }))), "{refused:?}");
    door.wait(Micros(1_000_000));
    door.input(subjects::Ask::from(erase(1_000)).into()).expect("nothing stands against it");
    let under_way = ask(&mut door, name(CLERK, of_clerk(4)));
    assert!(under_way.starts_with("refused: the erasure of data subject"), "{under_way}");
}
