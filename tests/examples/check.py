"""check.py SOURCE COMMAND...: the program prints what the comment after `// Output:` at the end of its source says."""
import pathlib
import subprocess
import sys

source = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
comment = source.partition("\n// Output:\n")[2]
expected = "".join(line.removeprefix("//").removeprefix(" ") + "\n" for line in comment.splitlines())
printed = subprocess.run(sys.argv[2:], capture_output=True, text=True, timeout=20, check=True).stdout
if not expected or printed != expected:
    print(f"-- {sys.argv[1]} says\n{expected}-- it prints\n{printed}", end="")
    sys.exit(1)
print("prints what it says")
