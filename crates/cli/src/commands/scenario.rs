//! `comity scenario`.

use crate::arguments::ScenarioAction;
use crate::console::Console;
use crate::error::CommandResult;
use crate::lookup;
use comity_scenario::Scenario;

pub fn run(action: &ScenarioAction, console: &Console) -> CommandResult {
    match action {
        ScenarioAction::Schema => console.print_json(&comity_scenario::json_schema()),
        ScenarioAction::List => list(console),
        ScenarioAction::Check { scenario, world } => check(scenario, world.as_deref(), console),
    }
}

fn list(console: &Console) -> CommandResult {
    let scenarios: Vec<(&str, String)> = comity_library::scenario_names()
        .map(|name| {
            let text = comity_library::scenario(name).unwrap_or_default();
            let title = Scenario::parse(name, text).map_or(String::new(), |s| s.name);
            (name, title)
        })
        .collect();
    if console.json {
        let rows: Vec<_> = scenarios
            .iter()
            .map(|(id, name)| serde_json::json!({ "id": id, "name": name }))
            .collect();
        return console.print_json(&rows);
    }
    let width = scenarios.iter().map(|s| s.0.len()).max().unwrap_or(0);
    let lines: Vec<String> = scenarios
        .iter()
        .map(|(id, name)| format!("{id:width$}  {name}"))
        .collect();
    console.print(&lines.join("\n"));
    Ok(())
}

fn check(name: &str, world: Option<&str>, console: &Console) -> CommandResult {
    let (world, resolved) = lookup::scenario(name, world, console)?;
    let sentences = resolved.describe();
    if console.json {
        return console.print_json(&serde_json::json!({
            "valid": true,
            "id": resolved.id,
            "name": resolved.name,
            "world": world.settings.name,
            "bloc": resolved.bloc,
            "modifications": sentences,
        }));
    }
    let mut text = format!(
        "{}: valid against {}.\n",
        resolved.name, world.settings.title
    );
    for (number, sentence) in sentences.iter().enumerate() {
        text.push_str(&format!("  {}. {sentence}\n", number + 1));
    }
    for project in resolved.projects() {
        text.push_str(&format!(
            "  {}: {:.0} million USD over {} years at {} %, {:.1} million USD a year\n",
            project.name,
            project.cost_musd,
            project.life_years,
            100.0 * project.discount_rate,
            project.annuity_musd()
        ));
    }
    for name in resolved.unpriced() {
        text.push_str(&format!("  {name}: cost not known\n"));
    }
    console.print(&text);
    Ok(())
}
