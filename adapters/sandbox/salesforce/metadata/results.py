"""What became of a deploy: its components, its counts, its status, as both APIs tell it.

Shape: Metadata API Developer Guide, "DeployResult", "DeployDetails", "DeployMessage".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_FALSE = ("false", "0", "")
DEFAULTS: dict[str, Any] = {
    "allowMissingFiles": False,
    "autoUpdatePackage": False,
    "checkOnly": False,
    "ignoreWarnings": False,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": False,
    "runTests": [],
    "singlePackage": False,
    "testLevel": None,
}


def options(given: dict[str, Any]) -> dict[str, Any]:
    """Deploy options with the missing ones filled in; flags may be words in any case."""
    return {
        name: str(given.get(name, default)).lower() not in _FALSE if isinstance(default, bool) else given.get(name)
        for name, default in DEFAULTS.items()
    }


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a deploy. `problem` None: it is fine."""

    type: str
    full_name: str
    file: str
    created: bool = False
    id: str = ""
    problem: str | None = None
    warning: bool = False

    @property
    def failed(self) -> bool:
        """Whether it stops the deploy."""
        return self.problem is not None and not self.warning

    def told(self, when: str) -> dict[str, Any]:
        """The DeployMessage; `when` is the time of the deploy."""
        return {
            "changed": not self.failed,
            "componentType": self.type,
            "created": self.created and not self.failed,
            "createdDate": when,
            "deleted": False,
            "fileName": self.file,
            "fullName": self.full_name,
            "id": self.id or None,
            "problem": self.problem,
            "problemType": None if self.problem is None else "Warning" if self.warning else "Error",
            "success": not self.failed,
            "warning": self.warning,
        }


@dataclass(slots=True)
class Deployment:
    """One deploy. Times are as the API writes them; `problem` is one that concerns no single component."""

    id: str
    user_id: str
    options: dict[str, Any]
    when: str
    components: list[Component] = field(default_factory=list)
    done_at: str | None = None
    problem: str | None = None

    @property
    def failures(self) -> list[Component]:
        """What could not be deployed."""
        return [each for each in self.components if each.failed]

    @property
    def kept(self) -> bool:
        """Whether what is fine takes effect: not for a mere check, and not after a roll-back."""
        rolled_back = bool(self.failures) and self.options["rollbackOnError"]
        return not self.options["checkOnly"] and not rolled_back and self.problem is None

    @property
    def status(self) -> str:
        """The status once the deploy is done."""
        if self.problem is not None:
            return "Failed"
        if not self.failures:
            return "Succeeded"
        partial = not self.options["rollbackOnError"] and len(self.failures) < len(self.components)
        return "SucceededPartial" if partial else "Failed"

    def pending(self) -> dict[str, Any]:
        """The result as the deploy's own answer has it."""
        return self._told("Pending", done=False, counts=(0, 0, 0), more={})

    def result(self, *, details: bool) -> dict[str, Any]:
        """The result of the finished deploy, with every component when asked for `details`."""
        told = [each.told(self.when) for each in self.components]
        failures = [each for each in told if not each["success"]]
        successes = [each for each in told if each["success"]]
        counts = (len(told), len(successes), len(failures))
        more: dict[str, Any] = {"completedDate": self.done_at, "startDate": self.when}
        if self.problem is not None:
            more["errorMessage"] = self.problem
        if details:
            more["details"] = {
                "componentFailures": failures,
                "componentSuccesses": successes,
                "runTestResult": {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0},
            }
        return self._told(self.status, done=True, counts=counts, more=more)

    def _told(self, status: str, *, done: bool, counts: tuple[int, int, int], more: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "checkOnly": self.options["checkOnly"],
            "createdBy": self.user_id,
            "createdDate": self.when,
            "done": done,
            "ignoreWarnings": self.options["ignoreWarnings"],
            "lastModifiedDate": self.done_at or self.when,
            "numberComponentErrors": counts[2],
            "numberComponentsDeployed": counts[1],
            "numberComponentsTotal": counts[0],
            "numberTestErrors": 0,
            "numberTestsCompleted": 0,
            "numberTestsTotal": 0,
            "rollbackOnError": self.options["rollbackOnError"],
            "runTestsEnabled": False,
            "status": status,
            "success": done and status == "Succeeded",
        } | more
