#[test]
fn raw() { let t=std::time::Instant::now(); println!("{}", boxlab::machine::raw()); println!("{:?}", t.elapsed()); }
