"""What Dockerfile and compose.yaml name exists, and the parts of the two fit together.

No engine runs here, so the files are read as text.
"""

from __future__ import annotations

import inspect
import json
import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatch
from urllib.parse import urlsplit

import pytest
import yaml

import app.cli
from app.cli._base import Verb
from app.cli.serve import serve
from app.settings import PREFIX, ROOT, Settings
from geo.registry import collect


@dataclass(kw_only=True)
class Stage:
    """One FROM of the Dockerfile and the instructions below it."""

    image: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [rest for found, rest in self.steps if found == instruction]


def read_stages() -> list[Stage]:
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text())
    stages: list[Stage] = []
    for line in text.replace("\\\n", " ").splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            image, _, name = rest.partition(" AS ")
            stages.append(Stage(image=image, name=name))
        elif instruction:
            stages[-1].steps.append((instruction, rest.strip()))
    return stages


STAGES = read_stages()
FINAL = STAGES[-1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())


def copies(*, between_stages: bool) -> list[list[str]]:
    words = [shlex.split(rest) for stage in STAGES for rest in stage.all("COPY")]
    return [copy for copy in words if copy[0].startswith("--from=") == between_stages]


def is_sent_to_docker(path: str) -> bool:
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            if any(fnmatch(part, pattern) for part in (path, path.split("/")[0])):
                sent = line.startswith("!")
    return sent


def test_every_file_that_is_copied_exists_and_is_sent() -> None:
    sources = [source for copy in copies(between_stages=False) for source in copy[:-1]]
    assert len(sources) >= 7
    assert [s for s in sources if not (ROOT / s).exists() or not is_sent_to_docker(s)] == []


@pytest.mark.parametrize("path", [".git", ".venv", "tests", "atlas", "app/static"])
def test_what_the_service_is_not_made_of_stays_out(path: str) -> None:
    assert not is_sent_to_docker(path)


def test_the_packages_of_the_service_are_all_copied() -> None:
    final = {copy[-1] for copy in copies(between_stages=False)}
    assert {"app", "data", "geo", "layers"} <= final


def test_stages_copy_from_stages_above_them_what_is_made_there() -> None:
    names = [stage.name for stage in STAGES]
    made = {
        "web": {"/atlas/app/web/node_modules", "/atlas/app/static"},
        "build": {"/venv", "/atlas"},
    }
    for copy in copies(between_stages=True):
        origin = copy[0].removeprefix("--from=")
        assert origin in names[:-1]
        assert set(copy[1:-1]) <= made[origin]


def test_scripts_that_are_run_exist_and_take_what_they_are_given() -> None:
    runs = [run for stage in STAGES for run in stage.all("RUN")]
    assert "node build.mjs" in runs
    assert (ROOT / "app/web/build.mjs").is_file()
    (basemap,) = [run for run in runs if "build_basemap" in run]
    _, script, option, _ = basemap.split()
    assert f'"{option}"' in (ROOT / script).read_text()


def test_packages_are_installed_by_their_hashes() -> None:
    (install,) = [run for stage in STAGES for run in stage.all("RUN") if "pip install" in run]
    assert "--require-hashes -r /tmp/requirements.lock" in install


def test_images_are_pinned_to_a_version_that_the_project_supports() -> None:
    images = {stage.image for stage in STAGES} | {COMPOSE["services"]["database"]["image"]}
    assert [image for image in images if not re.search(r":\d", image)] == []
    (python,) = {stage.image for stage in STAGES if stage.image.startswith("python:")}
    assert python == "python:3.11-slim"


def test_the_service_does_not_run_as_root() -> None:
    (user,) = FINAL.all("USER")
    assert user not in {"root", "0"}
    assert any(re.search(rf"useradd .*\b{user}\b", run) for run in FINAL.all("RUN"))
    after = [instruction for instruction, _ in FINAL.steps].index("USER")
    assert "RUN" not in [instruction for instruction, _ in FINAL.steps[after:]]


def test_the_command_is_a_verb_with_options_that_it_has() -> None:
    (command,) = FINAL.all("CMD")
    python, *module, verb, option, host = json.loads(command)
    assert (python, module, host) == ("python", ["-m", "app.cli"], "0.0.0.0")
    assert verb in collect(app.cli, "VERB", Verb)
    assert option.removeprefix("--") in inspect.signature(serve).parameters


def test_one_port_is_served_exposed_checked_and_published() -> None:
    port = inspect.signature(serve).parameters["port"].default
    (check,) = FINAL.all("HEALTHCHECK")
    assert FINAL.all("EXPOSE") == [str(port)]
    assert f"http://127.0.0.1:{port}/health/ready" in check
    assert COMPOSE["services"]["atlas"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_health_check_is_a_program_that_compiles() -> None:
    (check,) = FINAL.all("HEALTHCHECK")
    python, flag, program = json.loads(check.partition("CMD ")[2])
    assert (python, flag) == ("python", "-c")
    compile(program, "HEALTHCHECK", "exec")


def test_the_service_waits_for_the_database_that_its_address_names() -> None:
    service, database = COMPOSE["services"]["atlas"], COMPOSE["services"]["database"]
    assert service["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "healthcheck" in database
    ((name, url),) = service["environment"].items()
    assert name.removeprefix(PREFIX).lower() in Settings.__dataclass_fields__
    password = database["environment"]["POSTGRES_PASSWORD"]
    address = urlsplit(url.replace(password, "password"))
    assert (address.username, address.password) == (
        database["environment"]["POSTGRES_USER"],
        "password",
    )
    assert (address.hostname, address.path) == (
        "database",
        f"/{database['environment']['POSTGRES_DB']}",
    )


def test_the_data_outlive_the_container() -> None:
    volumes = [v.split(":")[0] for v in COMPOSE["services"]["database"]["volumes"]]
    assert volumes == list(COMPOSE["volumes"])
