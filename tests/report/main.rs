mod fake;
#[test]
fn draw_all() {
    let out = std::env::var("OUT").unwrap();
    for (name, r) in [
        ("one", fake::one()),
        ("three", fake::three()),
        ("six", fake::six()),
        ("machines", fake::machines()),
        ("hostile", fake::hostile()),
    ] {
        plimsoll::report::write(
            &std::path::Path::new(&out).join(name),
            &r,
            &plimsoll::report::WriteOptions { speed: Some(fake::speed()) },
        )
        .unwrap();
        println!("{}", plimsoll::report::table(&r, &Default::default()));
    }
}
