#[test]
fn raw() { let r=boxlab::machine::examine(None); println!("{}", boxlab::machine::text(&r, &[], 100)); }
