"""HumanEvalPack's rows as programs that a sandbox runs: a solution, its published tests, and what starts them.

Each writes `right` first and then runs the tests; a test that fails ends it with another exit status than 0, and a
program is accepted only where that is 0. The programs are the data set's own, so none is out to deceive.
"""

import gzip
import json
import re

RIGHT = "right"
LANGUAGES = ("cpp", "go", "java", "javascript", "python", "rust")
LIBRARIES = (
    "cpp:boost", "cpp:crypto", "go:github.com/stretchr/testify", "rust:md5", "rust:rand", "rust:regex",
)  # fmt: skip

_GO_IMPORT = re.compile(r"^import\s*(?:\(([^)]*)\)|(\"[^\"]+\"))", re.MULTILINE)
_GO_PACKAGES = (
    "bytes", "crypto/md5", "fmt", "math", "math/rand", "regexp", "sort", "strconv", "strings", "testing", "time",
    "github.com/stretchr/testify/assert",
)  # fmt: skip
_GO_TEST = re.compile(r"^func (Test\w+)\(t \*testing\.T\)", re.MULTILINE)
_JAVA_MAIN = re.compile(r"static void main\(String\[\] args\)[^{]*\{")
_RUST_TEST = re.compile(r"#\[test\]\s*(?://[^\n]*\s*)*(?:pub\s+)?fn\s+(\w+)")
_RUST_RANGE = re.compile(r"gen_range\(([^,()]+), *([^,()]+)\)")


def rows_of(folder, language):
    """The 164 rows of a language."""
    short = {"javascript": "js"}.get(language, language)
    text = gzip.decompress((folder / f"humanevalpack_{short}.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def program_of(row, language, which):
    """The program of a row, with its canonical or its buggy solution."""
    return _MADE[language](row, f"{row['declaration']}{row[which]}")


def _cpp(row, solution):
    assert row["test"].count("int main(){") == 1
    return f"{solution}\n{row['test']}".replace("int main(){", f'int main(){{ puts("{RIGHT}");', 1)


def _go(row, solution):
    # Helpers stand in the prompt alone; which packages are used, the published judge sees by their names too.
    body = "\n".join([row["prompt"], solution.removeprefix(row["declaration"]), row["test"]])
    body = _GO_IMPORT.sub("", body).replace("package main", "")
    imports = "\n".join(f'"{path}"' for path in _GO_PACKAGES if re.search(rf"\b{path.rpartition('/')[2]}\.", body))
    names = _GO_TEST.findall(row["test"])
    assert len(names) == row["test"].count("*testing.T)") > 0
    tests = ", ".join(f'{{"{name}", {name}}}' for name in names)
    match = "func(_, _ string) (bool, error) { return true, nil }"
    return (
        f'package main\nimport (\n"os"\n{imports}\n)\n{body}\nfunc main() {{\n\tos.Stdout.WriteString("{RIGHT}\\n")\n'
        f"\ttesting.Main({match}, []testing.InternalTest{{{tests}}}, nil, nil)\n}}\n"
    )


def _java(row, solution):
    found = _JAVA_MAIN.search(row["test"])
    test = row["test"]
    return f'{solution}\n{test[: found.end()]} System.out.println("{RIGHT}");{test[found.end() :]}'


def _javascript(row, solution):
    # The published judge takes what `console.assert` writes for a failure.
    strict = "console.assert = (held) => { if (!held) throw new Error('an assertion failed') }"
    return f"{strict}\nconsole.log('{RIGHT}')\n{solution}\n{row['test']}"


def _rust(row, solution):
    names = _RUST_TEST.findall(row["test"])
    assert len(names) == row["test"].count("#[test]") > 0
    test = _RUST_TEST.sub(r"pub fn \1", row["test"].replace("#[cfg(test)]", ""))
    # Written for rand before 0.8, which has had ranges in place of two numbers since.
    test = _RUST_RANGE.sub(r"gen_range(\1..\2)", test)
    calls = " ".join(f"tests::{name}();" for name in names)
    return f'{solution}\n{test}\nfn main() {{ println!("{RIGHT}"); {calls} }}\n'


_MADE = {"cpp": _cpp, "go": _go, "java": _java, "javascript": _javascript, "rust": _rust}
