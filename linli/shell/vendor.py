"""Copy the scripts that pages and tests need from npm into the repository: `python -m linli.shell.vendor`.

Runs `npm ci` from the committed lock file in a temporary folder, copies the chosen files with licences
into `core/static/vendor/<name>-<version>/` (and `tests/vendor/` for tools of the tests) and writes NOTICE and
the manifest that the `vendor` template tag reads. No page ever loads anything from another host.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVED = ROOT / "linli" / "foundation" / "core" / "static" / "vendor"
FOR_TESTS = ROOT / "tests" / "vendor"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


@dataclass(frozen=True, slots=True)
class Vendored:
    """One package: which files are taken (source -> name), its licence and what it is for."""

    name: str
    folder: str
    files: dict[str, str]
    licence: str
    holder: str
    purpose: str
    licence_file: str = ""
    tests_only: bool = False


IMAGES = ("layers.png", "layers-2x.png", "marker-icon.png", "marker-icon-2x.png", "marker-shadow.png")
PACKAGES = (
    Vendored(
        name="htmx.org",
        folder="htmx.org",
        files={"dist/htmx.min.js": "htmx.min.js"},
        licence="0BSD",
        holder="Big Sky Software",
        purpose="parts of desk pages",
        licence_file="LICENSE",
    ),
    Vendored(
        name="@alpinejs/csp",
        folder="alpinejs-csp",
        files={"dist/cdn.min.js": "alpine.min.js"},
        licence="MIT",
        holder="Caleb Porzio and contributors; includes @vue/reactivity, Copyright (c) Yuxi (Evan) You",
        purpose="small states of a page",
    ),
    Vendored(
        name="leaflet",
        folder="leaflet",
        files={
            "dist/leaflet.js": "leaflet.js",
            "dist/leaflet.css": "leaflet.css",
            **{f"dist/images/{image}": f"images/{image}" for image in IMAGES},
        },
        licence="BSD-2-Clause",
        holder="Volodymyr Agafonkin, CloudMade",
        purpose="maps",
        licence_file="LICENSE",
    ),
    Vendored(
        name="axe-core",
        folder="axe-core",
        files={"axe.min.js": "axe.min.js"},
        licence="MPL-2.0",
        holder="Deque Systems, Inc.",
        purpose="accessibility tests only, not served and not part of what an installation shows",
        licence_file="LICENSE",
        tests_only=True,
    ),
)


class VendorRefused(SystemExit):
    """The copy is refused: the lock file or a package is not what is written down."""


def locked_version(name: str, root: Path = ROOT) -> str:
    """The version that the lock file fixes. Raises VendorRefused when it is not in it."""
    packages = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    entry = packages.get(f"node_modules/{name}")
    if entry is None:
        raise VendorRefused(f"{name} is not in package-lock.json. Add it to package.json, run npm install.")
    return str(entry["version"])


def target_of(package: Vendored, root: Path = ROOT) -> Path:
    """The folder a package is copied into; served ones carry their version in the name."""
    if package.tests_only:
        return root / FOR_TESTS.relative_to(ROOT)
    return root / SERVED.relative_to(ROOT) / f"{package.folder}-{locked_version(package.name, root)}"


def _without_map_line(text: str) -> str:
    """Source maps are not copied, and a line naming a missing one would stop the static files' hashing."""
    return re.sub(r"\n?(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$", "\n", text)


def _licence_text(package: Vendored, source: Path) -> str:
    if package.licence_file:
        return (source / package.licence_file).read_text("utf-8")
    return f"{package.name} is under the MIT licence.\n\nCopyright (c) {package.holder}\n\n{MIT}"


def _copy(package: Vendored, source: Path) -> None:
    target = target_of(package)
    target.mkdir(parents=True, exist_ok=True)
    for origin, name in package.files.items():
        goal = target / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        if goal.suffix in (".js", ".css"):
            goal.write_text(_without_map_line((source / origin).read_text("utf-8")), "utf-8")
        else:
            shutil.copyfile(source / origin, goal)
    licence_name = f"{package.folder}-LICENSE" if package.tests_only else "LICENSE"
    (target / licence_name).write_text(_licence_text(package, source), "utf-8")


def notice_text() -> str:
    """NOTICE: what is copied into this repository, from whom, under which licence."""
    lines = [
        "Linli",
        "Licensed under the Apache License, Version 2.0 (see LICENSE).",
        "",
        "This repository contains copies of the following works, each with its licence beside it:",
        "",
    ]
    for package in PACKAGES:
        where = target_of(package).relative_to(ROOT)
        lines += [
            f"{package.name} {locked_version(package.name)} ({package.licence})",
            f"  Copyright (c) {package.holder}",
            f"  In {where}; for {package.purpose}.",
            "",
        ]
    return "\n".join(lines)


def manifest() -> dict[str, str]:
    """Package name -> folder below static/vendor."""
    return {p.name: target_of(p).name for p in PACKAGES if not p.tests_only}


def main() -> int:
    """Fetch, copy and write; old versions' folders go away."""
    with tempfile.TemporaryDirectory() as folder:
        for name in NPM_FILES:
            shutil.copyfile(ROOT / name, Path(folder) / name)
        npm = shutil.which("npm")
        if npm is None:
            raise VendorRefused("npm is not installed. Install Node.js, then run this again.")
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)  # noqa: S603  # fixed words
        shutil.rmtree(SERVED, ignore_errors=True)
        for package in PACKAGES:
            _copy(package, Path(folder) / "node_modules" / package.name)
    (SERVED / "manifest.json").write_text(json.dumps(manifest(), indent=2) + "\n", "utf-8")
    (ROOT / "NOTICE").write_text(notice_text(), "utf-8")
    print(f"{len(PACKAGES)} packages copied; NOTICE written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
