"""The policy engine: an organization's rules as data, and the pure functions that carry them out.

No Django, no database, no clock: everything a function needs comes in through its arguments, so a rule
can be tried on a timeline that never happened. The way of a rule through the package:

    loading (YAML, hostile) -> merging (extends) -> parsing (every error at once) -> schema.Policy
    Policy + Calendar + facts + events -> planning.plan() -> deadlines
                                       -> gates.missing() -> what is still needed
                                       -> extensions.check_extension() -> why more time is refused
                                       -> triggers.effects() -> what else happens, and what is asked for
    Policy + facts -> routes, grants, penalties, forms, templates; schedules, metrics, keeping

The grammar is described in docs/policies.md.
"""
