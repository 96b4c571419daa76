"""What do Ref, Fn::GetAtt, Fn::Join … mean, given what has been created so far?"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from serin.errors import InvalidSettings

__all__ = ["Created", "Scope", "references"]

NO_VALUE = object()
VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class Created:
    """A resource as the rest of the template sees it: its Ref and its attributes."""

    ref: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Scope:
    """`values` holds parameters and pseudo parameters; `rewrite` has the last word on every composed string."""

    values: dict[str, Any]
    conditions: dict[str, Any] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    rewrite: Callable[[str], str] = str
    created: dict[str, Created] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """Raises InvalidSettings for a function or a name that is not known."""
        if isinstance(value, dict):
            if len(value) == 1:
                name, argument = next(iter(value.items()))
                if name in ("Ref", "Condition") or name.startswith("Fn::"):
                    return self._call(name, argument)
            pairs = {key: self.resolve(one) for key, one in value.items()}
            return {key: one for key, one in pairs.items() if one is not NO_VALUE}
        if isinstance(value, list):
            return [one for one in (self.resolve(item) for item in value) if one is not NO_VALUE]
        return value

    def _call(self, name: str, argument: Any) -> Any:
        function = _FUNCTIONS.get(name)
        if function is None:
            raise InvalidSettings(f"the local cloud does not know the template function {name}")
        return function(self, argument)

    def holds(self, condition: str) -> bool:
        return bool(self.resolve(self.conditions[condition]))

    def ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.created:
            return self.created[name].ref
        if name in self.values:
            return self.values[name]
        raise InvalidSettings(f"the template refers to {name}, which does not exist in it")

    def attribute(self, argument: Any) -> Any:
        name, _, key = argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
        attributes = self.created[name].attributes if name in self.created else {}
        if key not in attributes:
            raise InvalidSettings(f"the local cloud has no attribute {key} of {name}")
        return attributes[key]

    def join(self, argument: Any) -> str:
        separator, parts = argument
        return self.rewrite(separator.join(str(part) for part in self.resolve(parts)))

    def sub(self, argument: Any) -> str:
        text, extra = argument if isinstance(argument, list) else (argument, {})
        extra = self.resolve(extra)

        def replace(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            return str(extra[name] if name in extra else self.attribute(name) if "." in name else self.ref(name))

        return self.rewrite(VARIABLE.sub(replace, text))

    def select(self, argument: Any) -> Any:
        return self.resolve(argument[1])[int(self.resolve(argument[0]))]

    def choose(self, argument: Any) -> Any:
        return self.resolve(argument[1] if self.holds(argument[0]) else argument[2])

    def lookup(self, argument: Any) -> Any:
        first, second, third = (self.resolve(one) for one in argument)
        return self.mappings[first][second][third]


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Ref": Scope.ref,
    "Condition": Scope.holds,
    "Fn::GetAtt": Scope.attribute,
    "Fn::Join": Scope.join,
    "Fn::Sub": Scope.sub,
    "Fn::Select": Scope.select,
    "Fn::If": Scope.choose,
    "Fn::FindInMap": Scope.lookup,
    "Fn::Split": lambda scope, argument: scope.resolve(argument[1]).split(argument[0]),
    "Fn::Equals": lambda scope, argument: scope.resolve(argument[0]) == scope.resolve(argument[1]),
    "Fn::And": lambda scope, argument: all(scope.resolve(one) for one in argument),
    "Fn::Or": lambda scope, argument: any(scope.resolve(one) for one in argument),
    "Fn::Not": lambda scope, argument: not scope.resolve(argument[0]),
}


def references(value: Any) -> Iterator[str]:
    """Every logical id that `value` mentions."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item
            elif key == "Fn::GetAtt":
                yield item.partition(".")[0] if isinstance(item, str) else item[0]
            elif key == "Fn::Sub":
                text = item[0] if isinstance(item, list) else item
                yield from (name.partition(".")[0] for literal, name in VARIABLE.findall(text) if not literal)
                yield from references(item[1:] if isinstance(item, list) else [])
            else:
                yield from references(item)
