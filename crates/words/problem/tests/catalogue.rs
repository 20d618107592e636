//! Every reason is documented, and every page belongs to a reason.

use problem::Reason;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_reason_has_a_page_and_every_page_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/problems");
    let pages: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            entry.unwrap().file_name().to_str().and_then(|name| name.strip_suffix(".md")).map(str::to_owned)
        })
        .filter(|name| name != "README")
        .collect();
    let reasons: BTreeSet<String> = Reason::ALL.iter().map(|reason| reason.name().to_owned()).collect();
    assert_eq!(pages, reasons);
    for reason in Reason::ALL {
        let text = std::fs::read_to_string(folder.join(format!("{}.md", reason.name()))).unwrap();
        for heading in ["## What happened", "## Why", "## What to do"] {
            assert!(text.contains(heading), "{} lacks {heading}", reason.name());
        }
        assert!(text.contains(reason.code().name()), "{} does not name its code", reason.name());
    }
}

#[test]
fn reasons_are_in_order_and_unique() {
    let names: Vec<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
}
