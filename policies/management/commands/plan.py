"""manage.py plan: what a policy makes of one timeline."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from policies.engine.errors import PolicyErrors
from policies.engine.loading import load_policy, load_yaml
from policies.engine.outcomes import as_data, differences
from policies.engine.playing import play
from policies.engine.scenarios import parse_scenarios


class Command(BaseCommand):
    help = (
        "Play a scenario: its deadlines, what fires when and to whom, which gates refuse."
        " Exit code 1 if an expectation fails."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--policy", type=Path, required=True)
        parser.add_argument("--scenario", type=Path, required=True)
        parser.add_argument("--only", help="the id of one scenario of the file")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            policy = load_policy(options["policy"], packs_dir=Path(settings.BASE_DIR) / "packs")
            path = options["scenario"]
            scenarios = parse_scenarios(load_yaml(path), source=path.name)
        except PolicyErrors as errors:
            self.stderr.write(str(errors))
            raise SystemExit(1) from None
        outcomes, failed = [], False
        for scenario in scenarios:
            if options["only"] in (None, scenario.id):
                try:
                    played = play(policy, scenario)
                except PolicyErrors as errors:
                    self.stderr.write(f"{scenario.id}: {errors}")
                    raise SystemExit(1) from None
                faults = differences(scenario, played)
                failed = failed or bool(faults)
                outcomes.append({**as_data(scenario, played), "differences": faults})
        if options["json"]:
            self.stdout.write(
                json.dumps(outcomes[0] if len(outcomes) == 1 else outcomes, ensure_ascii=False, indent=2)
            )
        else:
            for outcome in outcomes:
                self.stdout.write("\n".join(_lines(outcome)))
        if failed:
            raise SystemExit(1)


def _lines(outcome: dict[str, Any]) -> list[str]:
    lines = [f"{outcome['id'] or 'scenario'} at {outcome['ask_at']}", "deadlines"]
    for row in outcome["deadlines"]:
        ticket = f" ticket {row['ticket']}" if row["ticket"] else ""
        lines.append(
            f"  {row['duty']}{ticket} ({row['owner']}, {row['force']})"
            f" round {row['round']}.{row['occurrence']}: {row['started_at']} ->"
            f" {row['due_at'] or 'no due time'} {row['state']}"
            f"{' at ' + row['met_at'] if row['met_at'] else ''}{' LATE' if row['late'] else ''}"
        )
        lines.extend(
            f"    {fire['at']} rung {fire['rung']} -> {', '.join(fire['to'])}" for fire in row["fires"]
        )
    lines.append("done")
    lines.extend(f"  {row['at']} {_done(row)}" for row in outcome["effects"])
    lines.append("refused")
    lines.extend(
        f"  {row['at']} {row['event']} needs {', '.join(row['missing'])}" for row in outcome["refused"]
    )
    lines.extend(f"gate {gate}: {', '.join(needs) or 'open'}" for gate, needs in outcome["gates"].items())
    lines.extend(f"still required: {need}" for need in outcome["demands"])
    lines.extend(f"DIFFERS {line}" for line in outcome["differences"])
    return lines


def _done(row: dict[str, Any]) -> str:
    """A rung or a trigger: what it was, whom it told, what else it did."""
    name = f"{row['trigger']} ({row['because']})" if "trigger" in row else row["because"]
    verbs = ", ".join(f"{verb}: {target}" for action in row["do"] for verb, target in action.items())
    proposed = f" PROPOSED to {row['decider'] or 'the desk'}" if row.get("proposed") else ""
    return f"{name} -> {', '.join(row['to']) or 'nobody'}{proposed} [{verbs}]"
