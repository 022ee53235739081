//! Where in the claims something stands, since providers differ in where they put roles and tenants.

use crate::json::{Json, Members};

/// The value at a path. One that begins with `/` is a JSON pointer through objects (RFC 6901), such as
/// `/realm_access/roles`; any other is the name of a claim as it stands, dots and slashes included, such as
/// `https://example.com/roles`.
pub(crate) fn find<'a>(claims: &'a Members, path: &str) -> Option<&'a Json> {
    let Some(steps) = path.strip_prefix('/') else { return claims.get(path) };
    let mut steps = steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
    let mut found = claims.get(&steps.next()?)?;
    for step in steps {
        let Json::Object(members) = found else { return None };
        found = members.get(&step)?;
    }
    Some(found)
}
