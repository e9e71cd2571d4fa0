# ruff: noqa: E501 - programs are quoted as they are
"""Programs in other languages: right ones, ones that end badly, and attacks, which write REACHED where they succeed."""

RIGHT = {
    "c": '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", n + 1); }',
    "cpp": "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n + 1 << std::endl; }",
    "rust": "use std::io;\nfn main() { let mut s = String::new(); io::stdin().read_line(&mut s).unwrap();\n"
    'println!("{}", s.trim().parse::<i32>().unwrap() + 1); }',
    "go": 'package main\nimport "fmt"\nfunc main() { var n int; fmt.Scan(&n); fmt.Println(n + 1) }',
    "java": "import java.util.*;\npublic class Main { public static void main(String[] a) {\n"
    "System.out.println(new Scanner(System.in).nextInt() + 1); } }",
    "javascript": "console.log(parseInt(require('fs').readFileSync(0, 'utf8')) + 1)",
    "bash": 'read n; echo "$((n + 1))" | sort | cat',
}
NAMES = tuple(RIGHT)


def _java(body, more=""):
    return (
        f"import java.util.*; import java.io.*; import java.nio.file.*;\npublic class Main {{ {more}\n"
        f"public static void main(String[] a) throws Exception {{ {body} }} }}"
    )


def _c(body, more=""):
    headers = ("stdio", "stdlib", "string", "unistd", "fcntl", "signal", "sys/socket", "sys/wait", "sys/mman",
               "sys/ptrace", "sys/syscall", "sys/stat", "netinet/in", "errno", "dirent")  # fmt: skip
    return "".join(f"#include <{one}.h>\n" for one in headers) + f"{more}\nint main(void) {{ {body} }}"


ENDINGS = {
    "c": {
        "loop": ("int main(void) { volatile int i = 0; for (;;) i++; }", "time_limit"),
        "sleep": (_c("sleep(60);"), "time_limit"),
        "memory": (_c("for (;;) { char *p = malloc(1 << 24); if (!p) { fprintf(stderr, \"out of memory\"); abort(); } "
                      "memset(p, 1, 1 << 24); }"), "memory_limit"),
        "output": (_c("for (;;) puts(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\");"), "output_limit"),
        "fault": ("int main(void) { *(volatile int *)8 = 1; }", "runtime_error"),
        "status 97": ("int main(void) { return 97; }", "runtime_error"),
        "syntax": ("int main(void) { return }", "compile_error"),
        "early exit": ("int main(void) { return 0; }", "wrong_answer"),
    },
    "cpp": {
        "memory": ("#include <vector>\nint main() { std::vector<std::vector<char>> v; for (;;) v.emplace_back(1 << 24, 'x'); }",
                   "memory_limit"),
        "exception": ("#include <stdexcept>\nint main() { throw std::runtime_error(\"x\"); }", "runtime_error"),
        "linking": ("void f(); int main() { f(); }", "compile_error"),
    },
    "rust": {
        "panic": ("fn main() { panic!(); }", "runtime_error"),
        "memory": ("fn main() { let mut v = vec![]; loop { v.push(vec![1u8; 1 << 24]); } }", "memory_limit"),
        "types": ("fn main() { let x: i32 = \"\"; }", "compile_error"),
    },
    "java": {
        "loop": (_java("for (;;) ;"), "time_limit"),
        "memory": (_java("List<byte[]> l = new ArrayList<>(); for (;;) l.add(new byte[1 << 24]);"), "memory_limit"),
        "exception": (_java("throw new RuntimeException();"), "runtime_error"),
        "types": (_java("int x = \"\";"), "compile_error"),
        "exit": (_java("Runtime.getRuntime().halt(0);"), "wrong_answer"),
    },
    "javascript": {
        "loop": ("for (;;) ;", "time_limit"),
        "heap": ("const a = []; for (;;) a.push(new Array(1e5).fill(a.length))", "memory_limit"),
        "buffers": ("const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1))", "memory_limit"),
        "exception": ("throw new Error('x')", "runtime_error"),
        "syntax": ("function (", "runtime_error"),
    },
    "bash": {
        "loop": ("while :; do :; done", "time_limit"),
        "status": ("exit 3", "runtime_error"),
        "output": ("yes", "output_limit"),
        "children that compute": ("for i in 1 2 3 4; do (while :; do :; done) & done; wait", "time_limit"),
    },
}  # fmt: skip

ORDERLY = {
    "cpp": {
        "threads": "#include <thread>\n#include <vector>\n#include <atomic>\n#include <iostream>\n"
        "int main() { std::atomic<int> n{3}; std::vector<std::thread> t; for (int i = 0; i < 4; i++) "
        "t.emplace_back([&] { n++; }); for (auto &one : t) one.join(); std::cout << n; }",
        "deep recursion": "#include <iostream>\nint f(int n) { volatile char x[64]; x[0] = n; return n ? f(n - 1) + (x[0] & 0) : 7; }\n"
        "int main() { std::cout << f(500000); }",
        "a library of everything": "#include <bits/stdc++.h>\nusing namespace std;\n"
        "int main() { vector<int> v{3, 1, 3}; ranges::sort(v); cout << accumulate(v.begin(), v.end(), 0); }",
    },
    "java": {
        "threads": _java("var p = java.util.concurrent.Executors.newFixedThreadPool(8); var f = p.submit(() -> 7); "
                         "System.out.println(f.get()); p.shutdown();"),
        "deep recursion": _java("System.out.println(f(100000));", "static int f(int n) { return n == 0 ? 7 : f(n - 1); }"),
        "nested classes": _java("System.out.println(new In().x);", "static class In { int x = 7; }"),
        "streams": _java("System.out.println(java.util.stream.IntStream.rangeClosed(1, 7).parallel().max().getAsInt());"),
    },
    "javascript": {
        "promises": "(async () => { await new Promise(r => setTimeout(r, 5)); console.log(7) })()",
        "lines": "const rl = require('readline').createInterface({ input: process.stdin });\n"
        "let n = 1; rl.on('line', l => n += l.length); rl.on('close', () => console.log(n))",
        "workers": "const { Worker } = require('worker_threads');\n"
        "new Worker('require(\"worker_threads\").parentPort.postMessage(7)', { eval: true }).on('message', m => console.log(m))",
        "deep recursion": "const f = n => n ? f(n - 1) : 7; console.log(f(20000))",
    },
    "bash": {
        "tools": "cat > x; head -1 x | awk '{ print $1 * 2 + 1 }' | sed 's/$//' | tr -d ' '; rm x",
        "arithmetic": "a=(1 2 4); s=0; for i in \"${a[@]}\"; do s=$((s + i)); done; echo $s",
    },
    "rust": {
        "threads": "use std::thread;\nfn main() { let t: Vec<_> = (0..4).map(|i| thread::spawn(move || i + 1)).collect();\n"
        "let s: i32 = t.into_iter().map(|h| h.join().unwrap()).sum(); println!(\"{}\", s - 3); }",
    },
}  # fmt: skip

ATTACKS = {
    "c": {
        "files": _c('int f = open("@FILE@", O_RDWR); if (f >= 0) puts("REACHED"); f = open("/etc/shadow", 0); '
                    'if (f >= 0) puts("REACHED"); f = open("/work", 0); if (f >= 0) puts("REACHED");'),
        "fork": _c('for (int i = 0; i < 9; i++) if (fork() >= 0) puts("REACHED"); if (vfork() == 0) _exit(0);'),
        "raw fork": _c('long r = syscall(SYS_clone, 17, 0, 0, 0, 0); if (r == 0) _exit(0); if (r > 0) puts("REACHED"); '
                       'char a[88] = {0}; r = syscall(435, a, 88); if (r == 0) _exit(0); if (r > 0) puts("REACHED");'),
        "execute": _c('char *v[] = {"echo", "REACHED", 0}, *e[] = {0}; execv("/bin/echo", v); '
                      'syscall(SYS_execveat, -100, "/bin/echo", v, e, 0); '
                      'int f = open("/bin/echo", 0); syscall(SYS_execveat, f, "", v, e, 0x1000);'),
        "sockets": _c('if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || '
                      'socket(AF_NETLINK, SOCK_RAW, 0) >= 0) puts("REACHED");'),
        "others": _c('for (int p = 1; p < 99; p++) if (p != getpid() && (kill(p, 9) == 0 || !ptrace(PTRACE_ATTACH, p, 0, 0)'
                     ' || syscall(SYS_pidfd_open, p, 0) >= 0)) puts("REACHED"); if (kill(-1, 9) == 0) puts("REACHED");'),
        "32 bits": _c('int r; __asm__ volatile ("int $0x80" : "=a"(r) : "a"(20)); if (r > 0) puts("REACHED");'),
        "x32": _c('long r; __asm__ volatile ("syscall" : "=a"(r) : "a"(0x40000000 + 39) : "rcx", "r11", "memory"); '
                  'if (r > 0) puts("REACHED");'),
        "namespaces": _c('if (!syscall(SYS_unshare, 0x10000000) || !syscall(SYS_mount, "x", "/w", "tmpfs", 0, 0) || '
                         '!syscall(SYS_chroot, "/w")) puts("REACHED");'),
        "what stays": _c('open("left", O_CREAT | O_RDWR, 0); mkdir("d", 0); symlink("/", "d2"); '
                         'open("/tmp/left", O_CREAT, 0600); mkfifo("f", 0600); umask(0777); '
                         'if (syscall(SYS_shmget, 7, 4096, 01666) >= 0) puts("REACHED");'),
        "memory of the server": _c('char b[99]; int f = open("/proc/1/mem", 2); if (f < 0) f = open("/proc/1/environ", 0); '
                                   'if (f >= 0 && read(f, b, 9) > 0) puts("REACHED");'),
        "descriptors": _c('for (int i = 3; i < 2000; i++) if (fcntl(i, F_GETFD) >= 0) puts("REACHED");'),
        "writable code": _c('int f = open("/proc/self/exe", O_RDWR); if (f >= 0) puts("REACHED"); '
                            'f = open("/usr/bin/true", O_RDWR); if (f >= 0) puts("REACHED");'),
        "limits": _c('char *p = mmap(0, 1L << 40, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); '
                     'if (p != MAP_FAILED) puts("REACHED"); if (syscall(SYS_memfd_create, "x", 0) >= 0) puts("REACHED");'),
        "disk": _c('char n[32]; static char b[1 << 20]; for (int i = 0; i < 999; i++) { sprintf(n, "f%d", i); '
                   'int f = open(n, O_CREAT | O_RDWR, 0); if (write(f, b, sizeof b) < 0) break; '
                   'if (i > 300) puts("REACHED"); close(f); }'),
    },
    "java": {
        "files": _java('try { new FileInputStream("@FILE@").read(); System.out.println("REACHED"); } catch (IOException e) {} '
                       'try { new FileInputStream("/etc/shadow").read(); System.out.println("REACHED"); } '
                       "catch (IOException e) {}"),
        "processes": _java('try { new ProcessBuilder("echo", "x").start(); System.out.println("REACHED"); } '
                           "catch (IOException e) {}"),
        "sockets": _java('try { new java.net.ServerSocket(0); System.out.println("REACHED"); } catch (IOException e) {}'),
        "threads": _java("for (;;) { Thread t = new Thread(() -> { try { Thread.sleep(60000); } catch (Exception e) {} }); "
                         "t.start(); }"),
        "environment": _java('if (System.getenv("SECRET_TOKEN") != null) System.out.println("REACHED");'),
        "what stays": _java('new File("left").createNewFile(); new File("/tmp/left2").createNewFile(); '
                            'new File("d").mkdir(); new File("d").setExecutable(false);'),
    },
    "javascript": {
        "files": "const fs = require('fs'); for (const f of ['@FILE@', '/etc/shadow', '/proc/1/environ'])\n"
        "try { if (fs.readFileSync(f).length) console.log('REACHED') } catch (e) {}",
        "processes": "try { const r = require('child_process').spawnSync('echo', ['x']); if (!r.error) console.log('REACHED') }\n"
        "catch (e) {}",
        "sockets": "require('net').createServer().on('error', () => {}).listen(0, () => console.log('REACHED'))",
        "environment": "if (process.env.SECRET_TOKEN) console.log('REACHED')",
        "signals": "for (let p = 1; p < 99; p++) try { if (p != process.pid) { process.kill(p, 9); console.log('REACHED') } }\n"
        "catch (e) {}",
        "what stays": "const fs = require('fs'); fs.writeFileSync('left', 'x'); fs.mkdirSync('d'); fs.chmodSync('d', 0);\n"
        "fs.writeFileSync('/tmp/left2', 'x')",
        "workers": "const { Worker } = require('worker_threads');\nfor (;;) new Worker('for (;;) ;', { eval: true })",
    },
    "bash": {
        "fork bomb": ":(){ :|:& };:; sleep 9",
        "what outlives": "(setsid sleep 1000 &) ; (trap '' HUP TERM; nohup sleep 1000 > /dev/null 2>&1 &) ; exit 0",
        "files": "cat @FILE@ /etc/shadow && echo REACHED; ls /work /root/.ssh && echo REACHED; echo x > @FILE@ && echo REACHED",
        "sockets": "exec 3<> /dev/tcp/127.0.0.1/22 && echo REACHED; exec 4<> /dev/udp/127.0.0.1/53 && echo REACHED",
        "others": "kill -9 1 && cat /proc/1/environ && echo REACHED; cat /proc/1/mem && echo REACHED",
        "rights": "unshare -r true && echo REACHED; su -c true && echo REACHED; mount -t tmpfs x /w && echo REACHED;\n"
        "chroot / true && echo REACHED",
        "environment": "env | grep SECRET && echo REACHED",
        "disk": "i=0; while head -c 3000000 /dev/zero > f$i; do i=$((i + 1)); [ $i -gt 200 ] && echo REACHED && exit; done",
        "memory together": "for i in 1 2 3 4 5 6 7 8; do (x=$(head -c 90000000 /dev/zero | tr '\\0' x); sleep 3; echo REACHED) & done; wait",
        "what stays": "mkdir -p a/b/c; chmod 0 a; echo x > left; ln -s / root; mkfifo p; umask 777; touch /tmp/left2",
    },
}  # fmt: skip

# Each looks for KEY and sixteen digits wherever it can read, and writes the first it finds.
SEARCHES = {
    "c": _c(
        'char *b = malloc(1 << 20), line[512]; fread(b, 1, 1 << 20, stdin); int m = open("/proc/self/mem", 0); '
        'FILE *f = fopen("/proc/self/maps", "r"); while (fgets(line, 512, f)) { unsigned long from, to; char how[9]; '
        "sscanf(line, \"%lx-%lx %8s\", &from, &to, how); if (how[0] != 'r') continue; "
        "for (unsigned long at = from; at + 19 <= to; at += 4096) { static char p[4096 + 19]; "
        'long n = pread(m, p, sizeof p, at); for (long i = 0; i + 19 <= n; i++) { if (memcmp(p + i, "KEY", 3)) continue; '
        'int k = 3; while (k < 19 && strchr("0123456789abcdef", p[i + k]) && p[i + k]) k++; '
        'if (k == 19) { printf("%.19s\\n", p + i); return 0; } } } } puts("none");'
    ),
    "bash": "cat > input; grep -rahoE -m1 'KEY[0-9a-f]{16}' /w /tmp /dev/shm /etc /proc/*/environ /proc/*/cmdline /proc/*/mem 2> /dev/null"
    " | head -1 | grep . || echo none",
    "javascript": "const fs = require('fs'); fs.writeFileSync('input', fs.readFileSync(0)); const found = [];\n"
    "const walk = (d, n) => { let l = []; try { l = fs.readdirSync(d) } catch (e) {}\n"
    "for (const f of l) { const p = d + '/' + f; try { const s = fs.lstatSync(p); if (s.isDirectory() && n) walk(p, n - 1);\n"
    "if (s.isFile() && (d[1] != 'p' || /environ|cmdline|status|comm|mounts/.test(f))) {\n"
    "const m = /KEY[0-9a-f]{16}/.exec(fs.readFileSync(p, 'latin1')); if (m) found.push(m[0]) } } catch (e) {} } };\n"
    "walk('/w', 3); walk('/proc', 1); walk('/etc', 2); console.log(found[0] || 'none')",
}

COMPILERS = {
    "c": {
        "a file of the host": '#include "@FILE@"\nint main(void) {}',
        "the system's users": '#include "/etc/passwd"\nint main(void) {}',
        "without an end": '#include "/dev/zero"\nint main(void) {}',
        "itself": "#include __FILE__\nint main(void) {}",
        "bytes of a file": '__asm__(".incbin \\"@FILE@\\"");\nint main(void) {}',
        "a large file": "char x[3L << 30] = {1};\nint main(void) {}",
        "nothing": "",
        "standard input": '#include "/dev/stdin"\n#error x\nint main(void) {}',
    },
    "cpp": {
        "a tower of templates": "template <int N, int M> struct A { A<N - 1, M> a; A<N - 1, M + 1> b; };\n"
        "template <int M> struct A<0, M> {};\nint main() { A<900, 0> a; }",
        "computing": "constexpr int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }\n"
        "int main() { constexpr int x = f(60); return x; }",
    },
    "rust": {
        "a file of the host": 'fn main() { println!("{}", include_str!("@FILE@")); }',
        "bytes": 'fn main() { println!("{:?}", include_bytes!("/etc/shadow")); }',
        "environment": 'fn main() { println!("{}", env!("SECRET_TOKEN")); }',
        "macros": "macro_rules! m { ($($x:tt)*) => { m!($($x)* $($x)*) } }\nfn main() { m!(1); }",
    },
    "java": {
        "deep": "public class Main { int x = " + "(" * 20000 + "1" + ")" * 20000 + "; }",
        "processors": "import javax.annotation.processing.*; public class Main extends Nothing {}",
    },
}
