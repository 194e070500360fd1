//! Making, keeping and looking after a census: init, backup, doctor.

use std::path::Path;

use anyhow::Result;
use census::area::AreaTree;
use store::{Census, Event, Store, What};

use super::print_json;
use crate::arguments::{Arguments, Init};
use crate::ending::{BadInput, Ending};
use crate::{office, progress, said, say};

pub fn init(arguments: &Arguments, init: &Init) -> Result<Ending> {
    let instrument = office::instrument(arguments)?;
    let (areas, _) = AreaTree::of(&instrument);
    let area = areas.resolve(&init.area).map_err(|e| BadInput(said!(e)))?;
    let name = areas.path_name(area);
    let now = office::now(arguments);
    let mut ids = office::ids(arguments, &now, 0);
    let census = Census {
        id: ids.make(),
        area: area.to_string(),
        office: if init.office.is_empty() {
            format!("{name}第二次全国污染源普查办公室")
        } else {
            init.office.clone()
        },
        instrument: instrument.id.clone(),
        version: instrument.version.clone(),
        fingerprint: instrument.fingerprint.clone(),
        period: instrument.period,
        simulated: init.simulated,
        created: now.clone(),
    };
    let event = Event::new(ids.make(), arguments.actor.clone(), now, What::Create);
    let store = Store::create(&arguments.db, &census, &event)?;
    if arguments.json {
        print_json(&serde_json::json!({ "census": census.id, "area": census.area, "place": store.place() }));
    } else {
        say!(
            "已新建普查库 {}：{}（{}），制度 {} {}",
            "new census {}: {} ({}), instrument {} {}",
            store.place(),
            name,
            census.area,
            instrument.id,
            instrument.version
        );
    }
    Ok(Ending::Done)
}

pub fn backup(arguments: &Arguments, to: &Path) -> Result<Ending> {
    let mut store = Store::open(&arguments.db)?;
    let bar = progress::bar(0, say::pick("备份", "backup"), arguments.json);
    store.backup(to, &mut |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    if arguments.json {
        print_json(&serde_json::json!({ "backup": to.display().to_string() }));
    } else {
        say!("已备份到 {}，并已核对", "backed up to {} and verified", to.display());
    }
    Ok(Ending::Done)
}

pub fn doctor(arguments: &Arguments) -> Result<Ending> {
    let mut store = Store::open(&arguments.db)?;
    let found = store.verify()?;
    let well = found.problems.is_empty();
    if arguments.json {
        let problems: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        print_json(&serde_json::json!({ "rows": found.rows, "audit_head": found.audit_head, "problems": problems }));
    } else {
        for (table, rows) in &found.rows {
            println!("{table:<24}{rows:>12}");
        }
        say!("审计链末端：{}", "head of the audit chain: {}", found.audit_head);
        for problem in &found.problems {
            println!("! {problem}");
        }
        if well {
            say!("一切完好", "all is well");
        } else {
            say!(
                "发现 {} 处问题：先备份此文件，再从最近的备份恢复",
                "{} problems: keep a copy of this file, then restore the newest backup",
                found.problems.len()
            );
        }
    }
    Ok(if well { Ending::Done } else { Ending::Attention })
}
