"""check.py ROOT [NAME=PROGRAM]...: what docs/*.md say is so.

- A C++ block stands, line for line, in tests/docs/ or examples/, which are compiled.
- A text block that follows one is part of what that source's program prints, where it is given as NAME=PROGRAM.
- A YAML block is one that promtool takes.
- Code in a table of the cheat sheet and of coming-from-prometheus-cpp.md stands in tests/docs/, examples/, include/ or prometheus-cpp's headers, or names a file or a target.
- A link leads to a file; one named as a test case leads to a file that has it.
- In comparison.md and client-library-guide.md each row of a table names a test or an example, or says what is not there.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

root = pathlib.Path(sys.argv[1])
programs = dict(argument.split("=", 1) for argument in sys.argv[2:])
wrong = []


def squeezed(text):
    return re.sub(r"\s+", "", text)


def code_lines(text):
    """Blanks in a row, indentation and blank lines do not count."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def is_part(part, whole):
    return any(whole[i:i + len(part)] == part for i in range(len(whole) - len(part) + 1))


sources = {path: path.read_text(encoding="utf-8")
           for folder in ("tests/docs", "examples") for path in sorted((root / folder).glob("*.[ch]pp"))}
known = squeezed("".join(sources.values()))
vocabulary = known + squeezed("".join(
    path.read_text(encoding="utf-8")
    for folder in (root / "include", root / "shims", pathlib.Path("/usr/include/prometheus")) for path in sorted(folder.rglob("*.[hc]*"))
) + (root / "Makefile").read_text(encoding="utf-8"))


def printed_by(stem):
    program = programs.get(stem)
    return program and subprocess.run([program], capture_output=True, text=True, timeout=20, check=True).stdout


def check_blocks(page, text):
    source = None
    for kind, block in re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M):
        start = block.strip().splitlines()[0]
        if kind == "cpp":
            source = next((path for path, whole in sources.items() if is_part(code_lines(block), code_lines(whole))), None)
            if source is None:
                wrong.append(f"{page}: no source has the block that begins with: {start}")
        elif kind == "text" and source is not None:
            output = printed_by(source.stem)
            if output is None or not is_part(code_lines(block), code_lines(output)):
                wrong.append(f"{page}: {source.name} does not print the block that begins with: {start}")
        elif kind == "yaml":
            check_yaml(page, block)
        if kind != "cpp":
            source = None


def check_yaml(page, block):
    """Rules and configurations of Prometheus by promtool; what is for others (a chart's values, an overlay) must be YAML."""
    try:
        keys = set(yaml.safe_load(block))
    except yaml.YAMLError as error:
        wrong.append(f"{page}: a block is no YAML: {error}")
        return
    if not keys & {"groups", "global", "scrape_configs", "rule_files", "alerting"}:
        return
    what = ["rules"] if "groups" in keys else ["config", "--syntax-only"]  # certificates that it names are elsewhere
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(block)
        file.flush()
        done = subprocess.run(["promtool", "check", *what, file.name], capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            wrong.append(f"{page}: promtool refuses a block: {done.stdout}{done.stderr}")


def is_known(code):
    if (root / code).exists() or (root / "include" / code).exists():
        return True
    if pathlib.Path(f"/usr/include/prometheus/{code.removeprefix('prometheus::').lower()}.h").exists():
        return True
    if re.fullmatch(r"[#%&]?[\w.*-]+=?\S*", code) and squeezed(code) in vocabulary:
        return True
    parts = [squeezed(part).rstrip(";") for part in re.split(r"…", code)]
    return all(part in vocabulary for part in parts)


def check_tables(page, text):
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    must_name_a_proof = page.name in ("comparison.md", "client-library-guide.md")
    for row in re.findall(r"^\|(.*)\|$", text, re.M):
        if re.fullmatch(r"[-| :]+", row):
            continue
        code = re.sub(r"\[`[^`]*`\]\([^)]*\)", "", row).replace(r"\|", "|")
        for snippet in re.findall(r"`([^`]+)`", code):
            if not must_name_a_proof and not is_known(snippet):
                wrong.append(f"{page}: no source has this of a table: {snippet}")
        cells = re.split(r"(?<!\\)\|", row)
        proof = cells[-1].strip()
        is_head = re.search(rf"^\|{re.escape(row)}\|\n\|[-| :]+\|$", text, re.M)
        if must_name_a_proof and not is_head and not re.search(r"\]\(\.\./(tests|examples)/", proof) \
                and not proof.lower().startswith(("not ", "in part")):
            wrong.append(f"{page}: this row names no test or example: {row[:90]}")


def check_links(page, text):
    for name, target in re.findall(r"\[([^\]]+)\]\(([^)#\s]+)[^)]*\)", text):
        if "://" in target:
            continue
        path = (page.parent / target).resolve()
        if not path.exists():
            wrong.append(f"{page}: {target} is linked and not there")
        elif path.suffix == ".cpp" and "/tests/" in str(path) and name.startswith("`") and ":" in name:
            cases = squeezed(path.read_text(encoding="utf-8")).replace('""', "")
            if '"' + squeezed(name.strip("`")) + '"' not in cases:
                wrong.append(f"{page}: {target} has no test case named {name}")


pages = sorted((root / "docs").glob("*.md"))
for page in pages:
    text = page.read_text(encoding="utf-8")
    check_blocks(page, text)
    check_links(page, text)
    if page.name in ("cheatsheet.md", "coming-from-prometheus-cpp.md", "comparison.md", "client-library-guide.md"):
        check_tables(page, text)

print("\n".join(wrong) or f"{len(pages)} pages say what is")
sys.exit(bool(wrong) or not pages)
