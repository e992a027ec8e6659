"""check.py ROOT QUICKSTART: the README's first two blocks are the quickstart's source and what it prints; every
`make` target and every file that the README links exists."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
readme = (root / "README.md").read_text(encoding="utf-8")
wrong = []

source = (root / "examples/quickstart.cpp").read_text(encoding="utf-8")
source = source[source.index("#include"):]
code = re.search(r"```cpp\n(.*?)```", readme, re.S).group(1)
if code != source:
    wrong.append("the first C++ block is not examples/quickstart.cpp")

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
