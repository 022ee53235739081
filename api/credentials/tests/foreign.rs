//! Tokens that other programs signed, and examples that RFCs print.

use crate::signing::{self, ada, check, check_by, key_set, rules};
use triad_credentials::{Issuer, IssuerRules, Rejection};

#[test]
fn what_openssl_signed_is_good_or_refused_for_what_it_is() {
    let lines = include_str!("fixtures/foreign_tokens.txt").lines().filter(|line| !line.starts_with('#'));
    let mut seen = 0;
    for line in lines {
        let (name, token) = line.split_once(' ').expect("a name and a token");
        let expected = match name {
            "rs256" | "ps256" | "es256" | "eddsa" => Ok(ada()),
            // OpenSSL itself takes the last one for good: R is the neutral point.
            "ps256-salt-of-20"
            | "ps256-signed-as-rs256"
            | "es256-as-der"
            | "eddsa-with-s-plus-order"
            | "eddsa-with-neutral-r" => Err(Rejection::BadSignature),
            _ => panic!("{name} is not expected"),
        };
        check(token, expected);
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn the_examples_of_rfc_7515_are_signed_and_say_too_little() {
    let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    // A.2 and A.3.
    let rs256 = concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb",
        "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383",
        "LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy",
        "wlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    );
    let es256 = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let keys = [signing::rsa_jwk("a2", r#""alg":"RS256","#), signing::p256_jwk("a3")];
    let joe =
        Issuer::new(IssuerRules { issuer: "joe".to_owned(), ..rules() }, key_set(&keys)).expect("an issuer");
    for (header, signature) in [("eyJhbGciOiJSUzI1NiJ9", rs256), ("eyJhbGciOiJFUzI1NiJ9", es256)] {
        check_by(&joe, &format!("{header}.{claims}.{signature}"), Err(Rejection::MissingClaim("aud")));
        check_by(&joe, &format!("{header}.{claims}.A{}", &signature[1..]), Err(Rejection::BadSignature));
    }
    // A.1 is symmetric, A.5 unsigned.
    let hs256 = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{claims}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    check_by(&joe, &hs256, Err(Rejection::AlgorithmNotAllowed));
    check_by(&joe, &format!("eyJhbGciOiJub25lIn0.{claims}."), Err(Rejection::AlgorithmNotAllowed));
}
