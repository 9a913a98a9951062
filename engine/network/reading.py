"""From parsed JSON to a project: every value is checked, and every problem kept with its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, cast

from engine.fields import Declaration, ParameterError, Value, specs
from engine.layers import catalogue
from engine.layers.base import Layer
from engine.network import expressions, names, placement
from engine.network.checks import Checks, Object, joined, keyed, shown, unknown_kind
from engine.network.errors import ExpressionError
from engine.network.learning import Learning
from engine.network.linking import Linking
from engine.network.network import Block, Instance, Link, Mode, Network, Node
from engine.network.project import DataChoice, Frame, Point, Project
from engine.network.strict_json import Json
from engine.network.uses import MOST_NODES
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.recipe import AUGMENTATIONS, PARTS, Recipe, misplaced

MOST_REPEATS = 1_000
LONGEST_COMMENT = 1_000
"""Characters of a frame's comment."""
FARTHEST = 1e7
"""Pixels from the origin, at most."""

_MEMBERS = ("schema_version", "name", "nodes", "links", "frames", "blocks", "data", "recipe")
_BLOCK = ("help", "named", "parameters", "nodes", "links", "frames")
_NODE = ("when", "title", "at", "bypassed", "muted", "frozen", "learning")
_LAYER = ("kind", "expressions", *_NODE)
_INSTANCE = ("block", "arguments", "repeat", "first", *_NODE)
_FRAME = ("at", "size", "title", "comment")


class Reader(Checks):
    """Reads one document. What it returns is whole only when `problems` stayed empty."""

    def __init__(self) -> None:
        super().__init__()
        self._parameters: dict[str, tuple[tuple[str, Value], ...]] = {}
        self._places: dict[str, Point] = {}
        self._frames: dict[str, Frame] = {}

    def project(self, document: Object) -> Project:
        """The project of a document of the present schema version."""
        self._known(document, "", _MEMBERS, required=("name", "nodes", "links"))
        blocks = self._object(document.get("blocks", {}), "blocks")
        for name, raw in blocks.items():
            self._parameters[name] = self._promoted(name, raw)
        bodies = {name: self._block(name, raw) for name, raw in blocks.items()}
        nodes = self._nodes(document.get("nodes", {}), "nodes", "", promoted=None)
        self._read_frames(document, "frames", "")
        opened = {name: block for name, (block, _) in bodies.items()}
        linking = Linking(self.problems, Network(nodes, frozenset(), opened))
        links: frozenset[Link] = frozenset()
        if not self.problems:
            linking.check_size()
        # A link to a node that could not be read would be a second complaint about the same thing.
        if not self.problems:
            opened = {
                name: Block(
                    linking.network(block.network, raw, f"blocks.{name}.links"),
                    block.parameters,
                    block.help,
                    block.named,
                )
                for name, (block, raw) in bodies.items()
            }
            links = linking.network(Network(nodes), document.get("links"), "links").links
        network = Network(nodes, links, opened)
        return Project(
            name=self._text(document.get("name", ""), "name"),
            network=network,
            placement=self._placement(network),
            data=self._data(document.get("data", {})),
            recipe=self._recipe(document.get("recipe", {})),
            frames=self._frames,
        )

    def _promoted(self, name: str, raw: Json) -> tuple[tuple[str, Value], ...]:
        """The promoted parameters of a block with their defaults."""
        path = f"blocks.{keyed(name)}"
        problem = names.block_name_problem(name)
        if problem:
            self._add(path, problem)
        members = self._object(raw, path)
        self._known(members, path, _BLOCK, required=("nodes", "links"))
        parameters: list[tuple[str, Value]] = []
        given = self._object(members.get("parameters", {}), f"{path}.parameters")
        for key, value in given.items():
            where = f"{path}.parameters.{keyed(key)}"
            problem = names.parameter_problem(key)
            if problem:
                self._add(where, problem)
            parameters.append((key, self._free(value, where)))
        return tuple(parameters)

    def _block(self, name: str, raw: Json) -> tuple[Block, Json]:
        """A block without its links, and the raw links, which need the ports of every block."""
        path = f"blocks.{keyed(name)}"
        members: Object = raw if isinstance(raw, dict) else {}
        parameters = self._parameters[name]
        promoted = frozenset(key for key, _ in parameters)
        nodes = self._nodes(members.get("nodes", {}), f"{path}.nodes", f"{name}/", promoted)
        help = self._text(members.get("help", ""), f"{path}.help")
        named = members.get("named", False)
        if not isinstance(named, bool):
            self._add(f"{path}.named", f"must be true or false, not {shown(named)}")
        self._read_frames(members, f"{path}.frames", f"{name}/")
        return Block(Network(nodes), parameters, help, named is True), members.get("links")

    def _nodes(
        self, raw: Json, path: str, prefix: str, promoted: frozenset[str] | None
    ) -> dict[str, Node]:
        found: dict[str, Node] = {}
        members = self._object(raw, path)
        if len(members) > MOST_NODES:
            self._add(path, f"holds {len(members):,} nodes; at most {MOST_NODES:,} are read")
            return found
        for name, item in members.items():
            where = f"{path}.{keyed(name)}"
            problem = names.name_problem(name)
            if problem:
                self._add(where, problem)
                continue
            node = self._node(self._object(item, where), where, promoted)
            if "at" in cast(Object, item if isinstance(item, dict) else {}):
                self._places[prefix + name] = self._point(cast(Object, item)["at"], f"{where}.at")
            if node is not None:
                found[name] = node
        return found

    def _node(self, raw: Object, path: str, promoted: frozenset[str] | None) -> Node | None:
        when = self._text(raw.get("when", ""), f"{path}.when")
        if when and promoted is None:
            self._add(f"{path}.when", "has a meaning inside a block only")
        elif when:
            self._arithmetic(when, f"{path}.when", promoted)
        title = self._text(raw.get("title", ""), f"{path}.title")
        if "block" in raw:
            instance = self._instance(raw, path, promoted)
            if instance is None:
                return None
            return Node(instance, title, (), when, *self._state(raw, path, ends=False))
        layer = self._layer(raw, path)
        if layer is None:
            return None
        texts: list[tuple[str, str]] = []
        given = self._object(raw.get("expressions", {}), f"{path}.expressions")
        for key, value in given.items():
            where = f"{path}.expressions.{keyed(key)}"
            if promoted is None:
                self._add(where, "has a meaning inside a block only")
            elif key not in specs(type(layer)):
                self._add(where, f"is no parameter of {layer.kind()}")
            else:
                text = self._text(value, where)
                self._arithmetic(text, where, promoted)
                texts.append((key, text))
        ends = layer.kind() in ("Input", "Output")
        return Node(layer, title, tuple(texts), when, *self._state(raw, path, ends))

    def _state(self, raw: Object, path: str, ends: bool) -> tuple[Mode, bool, Learning]:
        """A node's mode, whether it is frozen, and how it learns; an Input or Output is always active."""
        flags: dict[str, bool] = {}
        for name in ("bypassed", "muted", "frozen"):
            value = raw.get(name, False)
            if not isinstance(value, bool):
                self._add(f"{path}.{name}", f"must be true or false, not {shown(value)}")
            elif value and ends and name != "frozen":
                self._add(f"{path}.{name}", "is not for an Input or Output")
            flags[name] = value is True
        if flags["bypassed"] and flags["muted"]:
            self._add(f"{path}.muted", "and bypassed exclude each other")
        mode: Mode = "muted" if flags["muted"] else "bypassed" if flags["bypassed"] else "active"
        where = f"{path}.learning"
        given = self._object(raw.get("learning", {}), where)
        learning = cast("Learning | None", self._declaration(Learning, given, where, ()))
        return mode, flags["frozen"], learning or Learning()

    def _layer(self, raw: Object, path: str) -> Layer | None:
        kind = raw.get("kind")
        kinds = catalogue.kinds()
        if not isinstance(kind, str) or kind not in kinds:
            self._add(f"{path}.kind", unknown_kind(kind, kinds, "layer"))
            return None
        return cast("Layer | None", self._declaration(kinds[kind], raw, path, _LAYER))

    def _instance(self, raw: Object, path: str, promoted: frozenset[str] | None) -> Instance | None:
        self._known(raw, path, _INSTANCE)
        block = raw.get("block")
        if not isinstance(block, str) or block not in self._parameters:
            self._add(f"{path}.block", unknown_kind(block, self._parameters, "block"))
            return None
        repeat = raw.get("repeat", 1)
        if (
            isinstance(repeat, bool)
            or not isinstance(repeat, int)
            or repeat not in range(1, MOST_REPEATS + 1)
        ):
            what = f"must be a whole number from 1 to {MOST_REPEATS:,}, not {shown(repeat)}"
            self._add(f"{path}.repeat", what)
            repeat = 1
        known = dict(self._parameters[block])
        given: dict[str, tuple[tuple[str, Value], ...]] = {}
        for member in ("arguments", "first"):
            pairs: list[tuple[str, Value]] = []
            values = self._object(raw.get(member, {}), f"{path}.{member}")
            for key, value in values.items():
                where = f"{path}.{member}.{keyed(key)}"
                if key not in known:
                    self._add(where, f"is no parameter of the block {block}")
                elif isinstance(value, str):
                    self._arithmetic(self._text(value, where), where, promoted)
                pairs.append((key, self._free(value, where)))
            given[member] = tuple(pairs)
        return Instance(block, given["arguments"], repeat, given["first"])

    def _declaration(
        self, kind: type[Declaration], raw: Object, path: str, besides: tuple[str, ...]
    ) -> Declaration | None:
        """A declaration from its members; None when one of them is bad."""
        known = specs(kind)
        values: dict[str, Value] = {}
        before = len(self.problems)
        for name, value in raw.items():
            if name in besides:
                continue
            where = joined(path, keyed(name))
            if name not in known:
                close = get_close_matches(name[:60], known, 1)
                hint = f"; did you mean {close[0]}" if close else ""
                self._add(where, f"is no parameter of {kind.kind()}{hint}")
                continue
            try:
                values[name] = known[name].check(value)
            except ValueError as error:
                self._add(where, str(error))
        if len(self.problems) > before:
            return None
        try:
            return kind(**values)
        except ParameterError as error:
            self._add(joined(path, error.parameter), error.message)
            return None

    def _recipe(self, raw: Json) -> Recipe:
        members = self._object(raw, "recipe")
        recipe = self._declaration(Recipe, members, "recipe", ("augmentations", *PARTS))
        recipe = cast(Recipe, recipe) if recipe is not None else Recipe()
        parts: dict[str, Any] = {}
        for part, kinds in PARTS.items():
            path = f"recipe.{part}"
            if part in members and (found := self._chosen(kinds, members[part], part, path)):
                parts[part] = found
        augmentations = self._augmentations(members.get("augmentations", []))
        return replace(recipe, augmentations=augmentations, **parts)

    def _augmentations(self, raw: Json) -> tuple[Augmentation, ...]:
        path = "recipe.augmentations"
        if not isinstance(raw, list):
            self._add(path, f"must be a list in brackets, not {shown(raw)}")
            return ()
        found: list[Augmentation] = []
        for place, item in enumerate(raw):
            where = f"{path}[{place}]"
            chosen = self._chosen(AUGMENTATIONS, item, "augmentation", where)
            if chosen is None:
                continue
            augmentation = cast(Augmentation, chosen)
            reason = misplaced(found, type(augmentation))
            if reason:
                self._add(path, reason)
            else:
                found.append(augmentation)
        return tuple(found)

    def _chosen(
        self, kinds: Mapping[str, type[Declaration]], raw: Json, what: str, path: str
    ) -> Declaration | None:
        """One of the kinds of a part of the recipe, with its parameters; None where it is bad."""
        members = self._object(raw, path)
        kind = members.get("kind")
        if not isinstance(kind, str) or kind not in kinds:
            self._add(f"{path}.kind", unknown_kind(kind, kinds, what))
            return None
        return self._declaration(kinds[kind], members, path, ("kind",))

    def _data(self, raw: Json) -> DataChoice:
        members = self._object(raw, "data")
        self._known(members, "data", ("name", "folder"))
        default = DataChoice()
        return DataChoice(
            self._text(members.get("name", default.name), "data.name"),
            self._text(members.get("folder", default.folder), "data.folder", longest=4096),
        )

    def _placement(self, network: Network) -> dict[str, Point]:
        """The places read, and for nodes without one those of a plain left-to-right layout."""
        places: dict[str, Point] = {}
        inner = {f"{name}/": block.network for name, block in network.blocks.items()}
        for prefix, part in {"": network, **inner}.items():
            missing = any(prefix + name not in self._places for name in part.nodes)
            laid = placement.flow(part) if missing and not self.problems else {}
            for name in part.nodes:
                at = self._places.get(prefix + name) or laid.get(name)
                if at is not None:
                    places[prefix + name] = at
        return places

    def _read_frames(self, members: Object, path: str, prefix: str) -> None:
        for name, item in self._object(members.get("frames", {}), path).items():
            where = f"{path}.{keyed(name)}"
            problem = names.name_problem(name)
            if problem:
                self._add(where, problem)
                continue
            raw = self._object(item, where)
            self._known(raw, where, _FRAME, required=("at", "size"))
            size = self._point(raw.get("size"), f"{where}.size")
            if min(size) <= 0:
                self._add(f"{where}.size", "must be a width and a height above 0")
            self._frames[prefix + name] = Frame(
                self._point(raw.get("at"), f"{where}.at"),
                size,
                self._text(raw.get("title", ""), f"{where}.title"),
                self._text(raw.get("comment", ""), f"{where}.comment", LONGEST_COMMENT),
            )

    def _point(self, raw: Json, path: str) -> Point:
        values: list[Json] = raw if isinstance(raw, list) else []
        numbers = [
            float(value)
            for value in values
            if isinstance(value, (int, float))
            and not isinstance(value, bool)
            and abs(value) <= FARTHEST
        ]
        if len(values) != 2 or len(numbers) != 2:
            self._add(path, f"must be two numbers [x, y] within {FARTHEST:,.0f}")
            return (0.0, 0.0)
        return round(numbers[0], 1) + 0.0, round(numbers[1], 1) + 0.0

    def _arithmetic(self, text: str, path: str, known: frozenset[str] | None) -> None:
        try:
            inside = known | {expressions.IN_CHANNELS} if known is not None else frozenset[str]()
            unknown = sorted(expressions.names(text) - inside)
        except ExpressionError as error:
            self._add(path, f"holds {str(error).removesuffix('.')}")
            return
        if unknown:
            self._add(path, f"uses {unknown[0]}, which is no parameter of the block around it")
