"""check.py ROOT QUICKSTART: the README's first two blocks are the quickstart's source and what it prints; the lines of
the other C++ blocks stand in this order in an example, which is compiled and run; every `make` target and every file
that the README links exists."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
readme = (root / "README.md").read_text(encoding="utf-8")
wrong = []

source = (root / "examples/quickstart.cpp").read_text(encoding="utf-8")
source = source[source.index("#include"):]
code, *blocks = re.findall(r"```cpp\n(.*?)```", readme, re.S)
if code != source:
    wrong.append("the first C++ block is not examples/quickstart.cpp")
sources = [path.read_text(encoding="utf-8").splitlines() for path in (root / "examples").glob("*.cpp")]
for block in blocks:
    def holds(lines):
        rest = iter([line.strip() for line in lines])
        return all(line.strip() in rest for line in block.splitlines() if line)
    if not any(holds(lines) for lines in sources):
        wrong.append("no example has the lines of the block that begins with\n    " + block.splitlines()[0])

printed = subprocess.run([sys.argv[2]], capture_output=True, text=True, timeout=10, check=True).stdout
output = re.search(r"```text\n(.*?)```", readme, re.S).group(1)
if output != printed:
    wrong.append("the first text block is not what examples/quickstart.cpp prints")

makefile = (root / "Makefile").read_text(encoding="utf-8")
for target in sorted(set(re.findall(r"`make ([a-z-]+)", readme))):
    if not re.search(rf"^{target}:", makefile, re.M):
        wrong.append(f"`make {target}` is not in the Makefile")
for link in sorted(set(re.findall(r"\]\(([^)#]+)\)", readme))):
    if "://" not in link and not (root / link).exists():
        wrong.append(f"{link} is linked and not there")

print("\n".join(wrong) or "README.md says what is")
sys.exit(bool(wrong))
