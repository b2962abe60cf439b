"""The validated description of a data set; a data set is a function of its recipe alone."""

import tomllib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict, Field, StrictFloat, StrictInt, ValidationInfo, field_validator, model_validator

from spinlens.data import quantum
from spinlens.data.checked import Checked
from spinlens.data.classes import Classes, default_classes
from spinlens.errors import InputError, shown, suggest
from spinlens.physics.catalogue import SYSTEMS, get_system
from spinlens.physics.control import TEMPERATURE, Control, Temperature
from spinlens.physics.counts import LARGEST
from spinlens.physics.lattices import parse_size
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.protocol import parameters
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.parameter import Parameter
from spinlens.physics.systems import System
from spinlens.physics.transverse_field import GAMMA, TransverseField

SIMULATED = ("equilibrium", "anneal", "quench")  # protocols
SPLITS = ("train", "validation", "test")
MAX_IMAGES = 10_000_000
MAX_RECIPE = 1 << 20  # bytes of a TOML file


def _is_none(value: Any) -> bool:
    return value is None


class SystemRecipe(Checked):
    """A named system, changed by edges, couplings or parameters of its model: J, B, D, q, whatever it has.

    size: 100 by default, 32 of a quantum system.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, StrictInt | StrictFloat] = Field(init=False)

    name: str = "ising-periodic"
    size: int | tuple[int, int] = Field(default_factory=lambda fields: quantum.default_size(fields.get("name")))
    J: float | None = None
    B: float | None = None
    vertical: str | None = None
    horizontal: str | None = None
    couplings: str | None = Field(default=None, exclude_if=_is_none)
    share: float | None = Field(default=None, exclude_if=_is_none)
    width: float | None = Field(default=None, exclude_if=_is_none)
    coupling_seed: int | None = Field(default=None, exclude_if=_is_none)

    @field_validator("size", mode="before")
    @classmethod
    def _check_size(cls, value: Any) -> Any:
        parse_size(value)
        return value

    def system(self) -> System:
        """The system. Raises InputError for parts that do not exist."""
        if self.name in SYSTEMS:
            known = [name for name in type(self).model_fields if name not in ("J", "B")]
            known += parameters(SYSTEMS[self.name].model)
            for key in self.__pydantic_extra__:
                if key not in known:
                    raise InputError("system (key)", key, f"one of {', '.join(known)}", suggest(key, known))
        return get_system(**self.model_dump(exclude_none=True))


class Counts(Checked):
    """Images a class in each split; the defaults are those of Kara et al. (2021), table 1."""

    train: tuple[int, ...] = (220, 80, 90, 210)
    validation: tuple[int, ...] = (100, 50, 60, 90)
    test: tuple[int, ...] = (150, 50, 70, 130)


class Recipe(Checked):
    """Everything that a data set depends on.

    system: a name does for its recipe. classes: edges and step that are left out lie about the model's transition as
    the paper's do; of a quantum system they are of gamma unless edges or a variable are given. temperature: of all
    images, where the variable of the classes is a parameter of the model; low by default where that is gamma. counts:
    of `import`, which counts what it finds, they may be left out for any number of classes. updater, start: names of
    what drives a quench or an annealing, and where it begins. Raises InputError that names the first bad field.
    """

    system: SystemRecipe = SystemRecipe()
    protocol: Literal["equilibrium", "anneal", "quench", "imported"] = "equilibrium"
    sweeps: int | None = Field(default=None, ge=1, le=LARGEST)
    seed: int = Field(default=0, ge=0, lt=2**63)
    classes: Classes = Field(default_factory=lambda fields: _default_classes(fields))
    counts: Counts = Counts()
    temperature: float | None = Field(
        default_factory=lambda fields: _default_temperature(fields), gt=0, allow_inf_nan=False, exclude_if=_is_none
    )
    updater: str | None = Field(default=None, exclude_if=_is_none)
    start: str | None = Field(default=None, exclude_if=_is_none)

    @field_validator("system", mode="before")
    @classmethod
    def _name_system(cls, value: Any) -> Any:
        if isinstance(value, System):
            hint = "SystemRecipe(name=..., size=...) describes it" if value.name in SYSTEMS else ""
            raise InputError("system", value.name, "a name or a SystemRecipe", hint)
        return {"name": value} if isinstance(value, str) else value

    @field_validator("protocol", mode="before")
    @classmethod
    def _check_protocol(cls, value: Any) -> Any:
        if value not in (*SIMULATED, "imported"):  # which `import` alone writes
            raise InputError("protocol", value, f"one of {', '.join(SIMULATED)}", suggest(value, SIMULATED))
        return value

    @field_validator("classes", mode="before")
    @classmethod
    def _complete_classes(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict) or {"edges", "step"} <= value.keys():
            return value
        variable = value.get("variable", TEMPERATURE if "edges" in value else None)
        if variable not in (None, TEMPERATURE) and not (variable == GAMMA and _quantum(info.data)):
            return value  # which have no defaults
        try:
            return _default_classes(info.data, variable).model_dump() | value
        except InputError as error:
            if "edges" in value and error.args[0] == "classes.edges":  # no default without a known transition
                raise InputError("classes.step", "nothing", "given too", error.args[3]) from None
            raise

    def control(self, system: System | None = None) -> Control:
        """What the classes divide, of the recipe's system or another one."""
        system = system or self.system.system()
        if self.temperature is None:
            return Temperature(system)
        name, values = self.classes.variable, tuple(self.classes.grid().tolist())
        if is_quantum(system.model):
            return TransverseField(system, self.temperature, values)
        return Parameter(system, name, self.temperature, values)

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        self._check_control()
        for field in ("updater", "start"):
            if getattr(self, field) is not None and self.protocol not in ("anneal", "quench"):
                raise InputError(field, getattr(self, field), f"left out with protocol {self.protocol}")
        classes = len(self.classes.names)
        if self.protocol == "imported" and "counts" not in self.model_fields_set:
            ones = (1,) * classes  # in place of those that the import finds
            object.__setattr__(self, "counts", Counts(train=ones, validation=ones, test=ones))
        for split in SPLITS:
            counts = getattr(self.counts, split)
            if len(counts) != classes:
                if "counts" not in self.model_fields_set:
                    raise InputError("[counts]", "none", f"given for {classes} classes")
                if split not in self.counts.model_fields_set:
                    raise InputError(f"counts.{split}", "nothing", f"given for {classes} classes")
                raise InputError(f"counts.{split}", counts, f"{classes} numbers, one a class")
            if min(counts) < 1:
                name = self.classes.names[counts.index(min(counts))]
                raise InputError(f"counts.{split}", min(counts), f"at least 1, for class {name} too")
            if sum(counts) > MAX_IMAGES:
                raise InputError(f"counts.{split} (sum)", sum(counts), f"at most {MAX_IMAGES} images")
        return self

    def _check_control(self) -> None:
        """Raises InputError for an impossible system or variable, and for a temperature beside one or none without."""
        name, system = self.classes.variable, self.system.system()
        if is_quantum(system.model):
            if self.protocol != "equilibrium":
                raise InputError("protocol", self.protocol, "equilibrium for a quantum system")
            if name not in (TEMPERATURE, GAMMA):
                raise InputError("classes.variable", name, f"{TEMPERATURE} or {GAMMA} for a quantum system")
        if name == TEMPERATURE:
            if self.temperature is not None:
                raise InputError("temperature", self.temperature, "left out where it is the variable of the classes")
            return
        if self.temperature is None:
            raise InputError("temperature", "nothing", f"given where {shown(name)} is the variable of the classes")
        if self.protocol == "imported":
            raise InputError("classes.variable", name, f"{TEMPERATURE} where snapshots are imported")
        self.control(system).groups(np.array(self.classes.edges))  # which the model may refuse
        if (given := self.system.model_dump().get(name)) is not None:
            raise InputError(f"system.{name}", given, "left out where it is the variable of the classes")


def _quantum(fields: dict[str, Any]) -> System | None:
    """The system among these fields where it is quantum."""
    given = fields.get("system")
    system = given.system() if isinstance(given, SystemRecipe) else None
    return system if system is not None and is_quantum(system.model) else None


def _default_classes(fields: dict[str, Any], variable: str | None = None) -> Classes:
    """Those of the system among these fields, of gamma where it is quantum; of the Ising model where there is none."""
    if variable != TEMPERATURE and (own := _quantum(fields)) is not None:
        return quantum.default_fields(own)
    system = fields.get("system")
    return default_classes(system.system().model if isinstance(system, SystemRecipe) else Ising())


def _default_temperature(fields: dict[str, Any]) -> float | None:
    """None unless the classes are of gamma."""
    classes, own = fields.get("classes"), _quantum(fields)
    gamma = isinstance(classes, Classes) and classes.variable == GAMMA
    return quantum.default_temperature(own) if gamma and own is not None else None


def parse_recipe(values: dict[str, Any]) -> Recipe:
    """A recipe from plain values. Raises InputError that names the first bad field."""
    return Recipe(**values)


def load_recipe(path: Path) -> dict[str, Any]:
    """The plain values of a TOML recipe. Raises InputError where it cannot be read, or is no regular small file."""
    try:
        if path.exists() and not path.is_file():  # a FIFO would wait for ever, /dev/zero never end
            raise InputError("recipe", str(path), "a file")
        with open(path, "rb") as file:
            data = file.read(MAX_RECIPE + 1)
        if len(data) > MAX_RECIPE:
            raise InputError("recipe", str(path), f"a TOML file of at most {MAX_RECIPE} bytes")
        return tomllib.loads(data.decode())
    except InputError:
        raise
    except RecursionError:
        raise InputError("recipe", str(path), "a TOML file without deep nesting") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError("recipe", str(path), f"a readable TOML file ({reason})") from None
    except ValueError:  # Python reads no integer of more than 4300 digits
        raise InputError("recipe", str(path), "a TOML file without numbers of thousands of digits") from None
