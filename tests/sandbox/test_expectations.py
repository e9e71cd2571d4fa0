# ruff: noqa: E501 - programs are quoted as they are
"""What programs expect of any judge: paths of their own streams, limits they raise, a file of their own."""

import pytest

from rlvr.sandbox import FunctionTests, Job, Limits, Outcome, StdinTests, ToolchainError
from rlvr.sandbox.languages.catalogue import language_of
from rlvr.sandbox.languages.toolchains import toolchain

GIVEN, WANTED = "3\n1 2 3\n", "6\n"

STREAMS = {
    "python": [
        "n, *a = open('/dev/stdin').read().split()\nprint(sum(map(int, a)))",
        "import sys\nassert (sys.stdin.mode, sys.stdout.mode, sys.stderr.mode) == ('r', 'w', 'w')\n"
        "assert (sys.stdin.name, sys.stdout.name) == ('<stdin>', '<stdout>')\nprint(6)",
        "import os\nn, *a = os.read(os.open('/dev/fd/0', os.O_RDONLY), 99).split()\nprint(sum(map(int, a)))",
        "n, *a = open('/proc/self/fd/0').read().split()\nopen('/dev/fd/1', 'w').write(f'{sum(map(int, a))}\\n')",
        "print('noise', file=open('/dev/stderr', 'w'))\nwith open('/dev/stdout', 'w') as out:\n    print(6, file=out)",
        "import sys\nsys.stdout = open('/dev/stdout', 'w')\nprint(6)",
        "import os\nassert {'0', '1', '2'} <= set(os.listdir('/dev/fd'))\nprint(6)",
    ],
    "c": [
        '#include <stdio.h>\nint main(){freopen("/dev/stdin","r",stdin);freopen("/dev/stdout","w",stdout);int n,a,b,c;scanf("%d%d%d%d",&n,&a,&b,&c);printf("%d\\n",a+b+c);}',
        '#include <stdio.h>\nint main(){FILE*e=fopen("/dev/stderr","w");fprintf(e,"x");FILE*i=fopen("/dev/fd/0","r");int n,a,b,c;fscanf(i,"%d%d%d%d",&n,&a,&b,&c);fprintf(fopen("/dev/fd/1","w"),"%d\\n",a+b+c);}',
    ],
    "cpp": [
        '#include <fstream>\nint main(){std::ifstream in("/dev/stdin");int n,a,b,c;in>>n>>a>>b>>c;std::ofstream("/dev/stdout")<<a+b+c<<std::endl;}',
        '#include <iostream>\n#include <sys/resource.h>\nint main(){rlimit r;getrlimit(RLIMIT_STACK,&r);r.rlim_cur=512<<20;if(r.rlim_max<r.rlim_cur||setrlimit(RLIMIT_STACK,&r))return 1;std::cout<<6<<std::endl;}',
    ],
    "rust": [
        'fn main(){let s=std::fs::read_to_string("/dev/stdin").unwrap();let t:i64=s.split_whitespace().skip(1).map(|x|x.parse::<i64>().unwrap()).sum();std::fs::write("/dev/stdout",format!("{}\\n",t)).unwrap();}',
    ],
    "go": [
        'package main\nimport ("fmt";"os")\nfunc main(){f,_:=os.Open("/dev/stdin");var n,a,b,c int;fmt.Fscan(f,&n,&a,&b,&c);o,_:=os.OpenFile("/dev/stdout",os.O_WRONLY,0);fmt.Fprintln(o,a+b+c)}',
    ],
    "java": [
        'import java.nio.file.*;\npublic class Main{public static void main(String[] x)throws Exception{String[] t=Files.readString(Path.of("/dev/stdin")).trim().split("\\\\s+");int s=0;for(int i=1;i<t.length;i++)s+=Integer.parseInt(t[i]);Files.writeString(Path.of("/dev/stdout"),s+"\\n");}}',
    ],
    "javascript": [
        "const fs=require('fs');const t=fs.readFileSync('/dev/stdin','utf8').trim().split(/\\s+/).slice(1);fs.writeFileSync('/dev/stdout',t.reduce((a,b)=>a+ +b,0)+'\\n')",
        "process.stdin.resume();process.stdin.on('data',d=>{});process.stdin.on('end',()=>require('fs').writeSync(1,'6\\n'))",
    ],
    "bash": [
        "{ read n; read a b c; } < /dev/stdin; echo $((a + b + c)) > /dev/stdout; echo noise > /dev/stderr",
        "tail -n 1 /dev/fd/0 | tr ' ' '\\n' | paste -sd+ - | bc 2>/dev/null || awk 'NR>1{for(i=1;i<=NF;i++)s+=$i}END{print s}' /dev/stdin",
        "paste -d+ <(echo 1) <(echo 5) | { IFS=+ read a b; echo $((a + b)) | tee /dev/stderr; }",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "number"), [(name, i) for name in STREAMS for i in range(len(STREAMS[name]))])
def test_a_program_finds_its_streams_by_path(pool, language, number):
    try:
        if language != "python":
            toolchain(language_of(language))
    except ToolchainError as error:
        pytest.skip(error.message)
    job = Job(STREAMS[language][number], StdinTests([(GIVEN, WANTED)]), Limits(cpu=10.0), language=language)
    judged = pool.judge_job(job)
    assert judged.outcome is Outcome.ACCEPTED, judged


# Each opens its output more than once: nothing that was written before is lost or written over.
REOPENED = {
    "python": "import sys\nfor i in range(3):\n    print(i, flush=True)\n    with open('/dev/stdout', 'w') as out: out.write(f'{i}!\\n')",
    "c": '#include <stdio.h>\nint main(){for(int i=0;i<3;i++){printf("%d\\n",i);fflush(stdout);FILE*o=fopen("/dev/stdout","w");fprintf(o,"%d!\\n",i);fclose(o);}}',
    "javascript": "const fs=require('fs');for(let i=0;i<3;i++){fs.writeFileSync('/dev/stdout',i+'\\n');fs.writeFileSync('/dev/fd/1',i+'!\\n')}",
    "bash": "for i in 0 1 2; do echo $i; echo $i! > /dev/stdout; done",
}


@pytest.mark.parametrize("language", REOPENED)
def test_an_output_that_is_opened_again_goes_on(pool, language):
    judged = pool.judge(REOPENED[language], StdinTests([("", "0\n0!\n1\n1!\n2\n2!\n")]), language=language)
    assert judged.outcome is Outcome.ACCEPTED, judged


LIMITS = {
    "no bound": "(resource.RLIM_INFINITY, resource.RLIM_INFINITY)",
    "a bound, and none above": "[0x10000000, resource.RLIM_INFINITY]",
    "minus one": "(-1, -1)",
    "both alike": "(1 << 29, 1 << 29)",
    "its own highest": "(resource.getrlimit(resource.RLIMIT_STACK)[1],) * 2",
}


@pytest.mark.parametrize("what", LIMITS)
def test_a_program_may_raise_its_stack(lane, what):
    deep = "def f(n): return n and 1 + f(n - 1)\n"
    text = f"import resource, sys\nresource.setrlimit(resource.RLIMIT_STACK, {LIMITS[what]})\n"
    run = lane.run(f"{text}sys.setrecursionlimit(10**6)\n{deep}print(f(20000))")
    assert (run.ending, run.stdout) == (None, b"20000\n"), run


def test_a_stack_without_bound_does_not_get_more_memory(lane):
    text = "import resource\nresource.setrlimit(resource.RLIMIT_STACK, (-1, -1))\nx = bytearray(400 << 20)"
    assert lane.run(text, limits=Limits(memory=256)).ending is Outcome.MEMORY_LIMIT
    for name in ("RLIMIT_AS", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CPU"):
        run = lane.run(f"import resource\nresource.setrlimit(resource.{name}, (-1, -1))")
        assert run.ending is Outcome.RUNTIME_ERROR, name


SOURCES = {
    "a function's text": "import inspect\ndef f():\n    return 42\nprint(inspect.getsource(f).split()[-1])",
    "a class's text": "import inspect\nclass A:\n    x = 42\nprint(inspect.getsource(A).split()[-1])",
    "the module's text": "import inspect, sys\nprint(inspect.getsource(sys.modules[__name__])[-3:-1])\n#42\n",
    "its file": "print(open(__file__).read()[-3:-1])\n#42\n",
    "its file by name": "import sys, pathlib\nprint(pathlib.Path(sys.argv[0]).read_text()[-3:-1])\n#42\n",
    "where it lies": "import os\nprint(42 if os.path.isfile(__file__) and os.path.dirname(__file__) == os.getcwd() else 0)",
    "a line of a traceback": "import traceback\ntry:\n    1 / 0  # 42\nexcept ZeroDivisionError:\n    print('42' * ('# 42' in traceback.format_exc()))",
    "a decorated function": "import functools, inspect\ndef d(f):\n    @functools.wraps(f)\n    def g(): return inspect.getsource(f)\n    return g\n@d\ndef f(): return 42\nprint(f().split()[-1])",
}


@pytest.mark.parametrize("what", SOURCES)
def test_a_program_reads_itself(lane, what):
    run = lane.run(SOURCES[what])
    assert (run.ending, run.stdout) == (None, b"42\n"), run


def test_a_function_reads_itself(pool):
    program = "import inspect\ndef f(x): return [len(open(__file__).read()), inspect.getsource(f)[:5]]\n"
    assert pool.judge(program, FunctionTests("f", [([1], [len(program), "def f"])])).outcome is Outcome.ACCEPTED


def test_the_file_of_one_program_is_not_the_next_ones(lane):
    lane.run("import os\nos.chmod(__file__, 0o400)\nos.mkdir('solution')")
    assert lane.run("print(open(__file__).read()[-3:-1])\n#42\n").stdout == b"42\n"
    long = "#" * (2 << 20)
    assert lane.run(f"import os\nprint(os.path.exists(__file__))\n{long}").stdout == b"False\n"


def test_much_output_waits_for_room_and_ends_at_the_limit(lane):
    most = 4 << 20
    run = lane.run(f"print('x' * {most - 2})", limits=Limits(output=4))
    assert (run.ending, len(run.stdout)) == (None, most - 1)
    run = lane.run(f"print('x' * {most - 1})", limits=Limits(output=4))
    assert (run.ending, len(run.stdout)) == (Outcome.OUTPUT_LIMIT, most)
    run = lane.run("import sys\nwhile True: sys.stdout.write('x' * 99)", limits=Limits(output=4))
    assert (run.ending, len(run.stdout), run.wall < 2) == (Outcome.OUTPUT_LIMIT, most, True)
    lines = lane.run("for i in range(20000): print(i, flush=True)")
    assert (lines.ending, lines.stdout.splitlines()[-1]) == (None, b"19999")


def test_a_program_that_closes_its_output_is_still_watched(lane):
    run = lane.run("import os, time\nos.close(1)\ntime.sleep(60)", limits=Limits(cpu=1.0, wall=0.5))
    assert run.ending is Outcome.TIME_LIMIT


SPAWNED = {
    "a pool": "import multiprocessing as mp\ndef f(x): return x + 1\nif __name__ == '__main__':\n    mp.set_start_method('spawn')\n    with mp.Pool(2) as p: print(p.map(f, [41]))",
    "an executor": "import multiprocessing as mp\nfrom concurrent.futures import ProcessPoolExecutor\ndef f(x): return x + 1\nif __name__ == '__main__':\n    with ProcessPoolExecutor(2, mp_context=mp.get_context('spawn')) as e: print(list(e.map(f, [41])))",
    "an exit status": "import multiprocessing as mp\ndef f(q):\n    q.put(42)\n    raise SystemExit(3)\nif __name__ == '__main__':\n    c = mp.get_context('spawn')\n    q = c.Queue()\n    p = c.Process(target=f, args=(q,))\n    p.start()\n    found = q.get()\n    p.join()\n    print([found + p.exitcode - 3])",
    "shared memory": "from multiprocessing import shared_memory\na = shared_memory.SharedMemory(create=True, size=10)\na.buf[0] = 42\nb = shared_memory.SharedMemory(a.name)\nprint([b.buf[0]])\nb.close()\na.close()\na.unlink()",
}  # fmt: skip


@pytest.mark.parametrize("what", SPAWNED)
def test_processes_that_multiprocessing_would_start_by_a_new_interpreter(lane, what):
    run = lane.run(SPAWNED[what], limits=Limits(processes=8))
    assert (run.ending, run.stdout, run.stderr) == (None, b"[42]\n", ""), run


def test_a_spawned_process_is_bound_as_its_parent_is(lane):
    text = "import multiprocessing as mp\ndef f():\n    {}\nif __name__ == '__main__':\n    p = mp.get_context('spawn').Process(target=f)\n    p.start()\n    p.join()\n    print(p.exitcode)"
    assert lane.run(text.format("import socket; socket.socket()"), limits=Limits(processes=8)).stdout == b"1\n"
    assert (
        lane.run(text.format("import os; os.execv('/bin/true', ['true'])"), limits=Limits(processes=8)).stdout == b"1\n"
    )
    endless = lane.run(text.format("while True: pass"), limits=Limits(processes=8, cpu=0.3, wall=2))
    # Each process has its own share of processor time: the child is killed at its end, or the program at the wall.
    assert endless.ending is Outcome.TIME_LIMIT or endless.stdout.startswith(b"-"), endless
