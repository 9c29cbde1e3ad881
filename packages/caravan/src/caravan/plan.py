"""The plan: all pending revisions of all apps in one total order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence

from caravan.errors import RequiredByOthers, RequirementCycle, UnmetRequirement
from caravan.revisions import Revision, Revisions

Key = tuple[str, str]  # app, revision


def order(
    revisions: Mapping[str, Revisions],
    applied: Mapping[str, set[str]],
    targets: Mapping[str, Iterable[str]],
    *,
    preference: Sequence[str],
    elsewhere: Callable[[str, str], bool],
) -> list[Revision]:
    """Put what is to be applied in order.

    Args:
        revisions: of every app that is installed here.
        applied: the applied revisions of each.
        targets: the revisions to reach, by app; what they require of other apps comes along.
        preference: app names; where nothing else decides, an earlier app goes first.
        elsewhere: whether the database has that revision of an app that is not installed here.

    Returns:
        The revisions, each after what it follows and what it requires.

    Raises:
        UnmetRequirement: one requires a revision that neither the database nor the code has.
        RequirementCycle: they wait for each other.
    """
    wanted = _closure(revisions, applied, targets, elsewhere)
    waits = {key: _waits_for(revisions[key[0]][key[1]], wanted) for key in wanted}
    rank = {app: position for position, app in enumerate(preference)}
    position = {(app, r.id): n for app, rs in revisions.items() for n, r in enumerate(rs)}
    ready = [(rank[k[0]], position[k], k) for k, before in waits.items() if not before]
    heapq.heapify(ready)
    followers: dict[Key, list[Key]] = {}
    for key, before in waits.items():
        for earlier in before:
            followers.setdefault(earlier, []).append(key)
    ordered: list[Revision] = []
    while ready:
        _, _, key = heapq.heappop(ready)
        ordered.append(revisions[key[0]][key[1]])
        for follower in followers.get(key, ()):
            waits[follower].discard(key)
            if not waits[follower]:
                heapq.heappush(ready, (rank[follower[0]], position[follower], follower))
    if len(ordered) < len(wanted):
        done = {(r.app, r.id) for r in ordered}
        raise RequirementCycle(cycle=_cycle({k: b for k, b in waits.items() if k not in done}))
    return ordered


def preference(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Rank apps so that each comes after the apps it references.

    Args:
        needs: the apps that each app references.

    Returns:
        The app names; where apps reference each other in a circle, by name.
    """
    ranked: list[str] = []

    def visit(app: str, above: tuple[str, ...]) -> None:
        if app in ranked or app in above:
            return
        for needed in sorted(needs.get(app, ())):
            if needed in needs:
                visit(needed, (*above, app))
        ranked.append(app)

    for app in sorted(needs):
        visit(app, ())
    return ranked


def dependents(
    revisions: Mapping[str, Revisions], applied: Mapping[str, set[str]], going: set[Key]
) -> list[tuple[Revision, str]]:
    """Find applied revisions of other apps that require one that is to go.

    Returns:
        Each with the identifier of the revision it requires.
    """
    return [
        (revision, required)
        for app, rs in revisions.items()
        for revision in rs
        if revision.id in applied[app] and (app, revision.id) not in going
        for required_app, required in revision.requires.items()
        if (required_app, required) in going
    ]


def refuse_unmet(revision: Revision, has: Callable[[str, str], bool]) -> None:
    """Stop before a revision whose requirements are not applied.

    Args:
        revision: it.
        has: whether the database has that revision of that app.

    Raises:
        UnmetRequirement: one is missing.
    """
    for app, required in revision.requires.items():
        if not has(app, required):
            raise UnmetRequirement(
                app=revision.app,
                revision=revision.id,
                required_app=app,
                required_revision=required,
                why="this database does not have yet. Migrate that app first",
            )


def refuse_required(
    revisions: Mapping[str, Revisions],
    applied: Mapping[str, set[str]],
    going: Sequence[Revision],
    target: str | None = None,
) -> None:
    """Stop before taking back what other apps' applied revisions require.

    Args:
        revisions: of every app that is installed here.
        applied: the applied revisions of each.
        going: what is to be taken back, oldest first, all of one app.
        target: where a person wants to go back to, as they said it.

    Raises:
        RequiredByOthers: another app's applied revision requires one of them.
    """
    found = dependents(revisions, applied, {(revision.app, revision.id) for revision in going})
    if found:
        app = going[0].app
        words = ", ".join(f"{revision} requires {app} {required}" for revision, required in found)
        raise RequiredByOthers(app=app, target=target or ", ".join(going[0].down) or "base", dependents=words)


def _closure(
    revisions: Mapping[str, Revisions],
    applied: Mapping[str, set[str]],
    targets: Mapping[str, Iterable[str]],
    elsewhere: Callable[[str, str], bool],
) -> set[Key]:
    wanted: set[Key] = set()
    waiting = [(app, target) for app, them in targets.items() for target in them]
    while waiting:
        app, target = waiting.pop()
        for identifier in revisions[app].ancestors(target) - applied[app]:
            if (app, identifier) in wanted:
                continue
            wanted.add((app, identifier))
            revision = revisions[app][identifier]
            for required_app, required in revision.requires.items():
                if required_app in revisions:
                    _refuse_unknown(revision, required_app, required, revisions[required_app])
                    waiting.append((required_app, required))
            refuse_unmet(revision, lambda app, required: app in revisions or elsewhere(app, required))
    return wanted


def _refuse_unknown(revision: Revision, app: str, required: str, known: Revisions) -> None:
    if required not in known:
        why = f"{app} does not have. Correct `requires` in {revision.path.name}, or install the version of {app} that has it"
        raise UnmetRequirement(
            app=revision.app, revision=revision.id, required_app=app, required_revision=required, why=why
        )


def _waits_for(revision: Revision, wanted: set[Key]) -> set[Key]:
    before = {(revision.app, down) for down in revision.down} | set(revision.requires.items())
    return before & wanted


def _cycle(waits: Mapping[Key, set[Key]]) -> str:
    path: list[Key] = []
    key = min(waits)
    while key not in path:
        path.append(key)
        key = min(waits[key] & waits.keys())
    circle = [*path[path.index(key) :], key]
    return " waits for ".join(f"{app} {identifier}" for app, identifier in circle)
