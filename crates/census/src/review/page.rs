//! docs/states/unit.md, made from the table of allowed steps.

use super::event::EventKind;
use super::state::StateKind;
use super::table::ALLOWED;

/// The page: a drawing of the states, and the full table of state × event.
pub fn page() -> String {
    let mut page = String::from(
        "# 普查对象的评审状态 · States of a unit\n\n\
         Generated from the table of allowed steps in `crates/census/src/review/table.rs`; do not edit.\n\
         Write it anew with `WUPU_WRITE_PAGES=1 cargo test -p census page`.\n\n\
         ```mermaid\nstateDiagram-v2\n    [*] --> draft\n",
    );
    for edge in ALLOWED {
        for to in edge.to.iter().filter(|to| **to != edge.from) {
            page += &format!("    {} --> {}: {}\n", id(edge.from), id(*to), edge.event.title());
        }
    }
    page += "```\n\n\
        Steps that leave the state as it is (visits, queries, explanations) are not drawn; the table has them.\n\
        A blank field is refused as *wrong order*. Which of two targets it is depends on the chain and the area:\n\
        a directly administered county (省直管县) has no city above it by reporting, so the province follows the county.\n\n";
    page += "| 事件 event |";
    for state in StateKind::ALL {
        page += &format!(" {} {} |", state.title(), state.name());
    }
    page += "\n| --- |";
    page += &" --- |".repeat(StateKind::ALL.len());
    for event in EventKind::ALL {
        page += &format!("\n| {} {} |", event.title(), event.name());
        for state in StateKind::ALL {
            let to = super::table::targets(state, event).unwrap_or_default();
            let names: Vec<&str> = to.iter().map(|s| if *s == state { "·" } else { s.name() }).collect();
            page += &format!(" {} |", names.join(", "));
        }
    }
    page += "\n\n`·` the state stays.\n\n\
        Guards beside the order, each a named refusal: figures are changed by the unit or, beside it, by the\n\
        enumerator, never by a reviewer; only in one's own area by reporting, and a unit only in its own affairs;\n\
        an open 强制性 finding stops self-check, signature and every pass; a 核实性 finding needs an explanation by a\n\
        named person of the unit before the signature, and the explanation lapses when a value it was given for\n\
        changes; two persons at a visit, and a visit that met the unit before a pre-check; who did one step of a\n\
        version does not do another (one person may be both respondent and manager only when the unit declares it);\n\
        every query is closed before a pass. Falling back to draft makes every total the unit had entered stale.\n";
    page
}

fn id(state: StateKind) -> String {
    state.name().replace('-', "_")
}
