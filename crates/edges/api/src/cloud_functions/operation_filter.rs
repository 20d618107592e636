//! Which operations v1 lists: `project:P,location:L,function:F` (Google, v1 `operations.list`).

use names::{FunctionId, Location, ProjectRef};

/// What is to be listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct OperationFilter {
    /// Of this project.
    pub(crate) project: ProjectRef,
    /// Of this region.
    pub(crate) location: Location,
    /// Of this function only.
    pub(crate) function: Option<FunctionId>,
}

impl OperationFilter {
    /// Reads `FIELD:VALUE`, joined by commas, each field once. `None` for anything else, a project or a region that is
    /// not said included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mut project, mut location, mut function) = (None, None, None);
        for term in text.split(',') {
            let (field, value) = term.split_once(':')?;
            let value = value.trim();
            match field.trim() {
                "function" if function.is_none() => function = Some(FunctionId::parse(value).ok()?),
                "location" if location.is_none() => location = Some(Location::parse(value).ok()?),
                "project" if project.is_none() => project = Some(ProjectRef::parse(value).ok()?),
                _ => return None,
            }
        }
        Some(Self { project: project?, location: location?, function })
    }
}

/// Any text is a filter or none, and one that is written out again is the same.
pub(crate) fn fuzz(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(filter) = OperationFilter::parse(text) else { return };
    let OperationFilter { project, location, function } = &filter;
    let function = function.as_ref().map(|function| format!(",function:{function}")).unwrap_or_default();
    let again = format!("location:{location},project:{project}{function}");
    assert_eq!(OperationFilter::parse(&again), Some(filter), "{text:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_the_documentation_are_read_and_no_others() {
        let read = OperationFilter::parse("project:demo, location:us-central1,function:greet").unwrap();
        assert_eq!(
            (read.project.to_string(), read.location.to_string()),
            ("demo".into(), "us-central1".into())
        );
        assert_eq!(read.function.unwrap().as_str(), "greet");
        assert_eq!(OperationFilter::parse("project:42,location:europe-west1").unwrap().function, None);
        for text in [
            "",
            "project:demo",
            "location:us-central1",
            "project:demo,latest:true",
            "project:demo,location:us-central1,",
            "project:demo,project:demo,location:us-central1",
            "project:D,location:us-central1",
            "project=demo,location=us-central1",
        ] {
            assert_eq!(OperationFilter::parse(text), None, "{text}");
        }
    }
}
