//! Imports that are known to run code, or to reach files, processes, memory or the network.
//!
//! Whatever is not on the allow-list is reported anyway; this list only decides how loudly.

use super::facts::Name;

/// Modules of which every name is dangerous to import from a data file.
const MODULES: &[&str] = &[
    "_aix_support",
    "_ctypes",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_imp",
    "_io",
    "_osx_support",
    "_pickle",
    "_posixsubprocess",
    "_pyio",
    "_pyrepl",
    "_socket",
    "_sqlite3",
    "_thread",
    "_winapi",
    "aiohttp",
    "asyncio",
    "bdb",
    "cProfile",
    "cffi",
    "cloudpickle",
    "code",
    "codecs",
    "codeop",
    "commands",
    "compileall",
    "concurrent",
    "contextlib",
    "ctypes",
    "dill",
    "distutils",
    "doctest",
    "ensurepip",
    "fabric",
    "fileinput",
    "ftplib",
    "gc",
    "glob",
    "http",
    "httplib",
    "idlelib",
    "imaplib",
    "imp",
    "importlib",
    "inspect",
    "io",
    "jinja2",
    "lib2to3",
    "linecache",
    "logging",
    "mailcap",
    "marshal",
    "mmap",
    "modulefinder",
    "msvcrt",
    "multiprocessing",
    "nntplib",
    "nt",
    "ntpath",
    "numba",
    "operator",
    "os",
    "paramiko",
    "pdb",
    "pexpect",
    "pickle",
    "pickletools",
    "pip",
    "pkg_resources",
    "pkgutil",
    "platform",
    "popen2",
    "poplib",
    "posix",
    "posixpath",
    "profile",
    "psutil",
    "pty",
    "py_compile",
    "pydoc",
    "requests",
    "resource",
    "rlcompleter",
    "runpy",
    "sched",
    "select",
    "selectors",
    "setuptools",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "smtpd",
    "socket",
    "socketserver",
    "spawn",
    "sqlite3",
    "ssl",
    "subprocess",
    "symtable",
    "sys",
    "sysconfig",
    "tarfile",
    "telnetlib",
    "tempfile",
    "test",
    "threading",
    "timeit",
    "trace",
    "traceback",
    "urllib",
    "urllib2",
    "urllib3",
    "venv",
    "weakref",
    "webbrowser",
    "winreg",
    "wsgiref",
    "xmlrpc",
    "yaml",
    "zipapp",
    "zipfile",
    "zipimport",
];

/// Single names of modules that are otherwise harmless.
const NAMES: &[(&str, &str)] = &[
    ("functools", "partial"),
    ("functools", "partialmethod"),
    ("functools", "reduce"),
    ("joblib", "load"),
    ("joblib.numpy_pickle", "load"),
    ("numpy", "DataSource"),
    ("numpy", "fromfile"),
    ("numpy", "load"),
    ("numpy", "loadtxt"),
    ("numpy", "memmap"),
    ("numpy", "save"),
    ("numpy", "savetxt"),
    ("numpy", "tofile"),
    ("pandas", "eval"),
    ("pandas", "read_pickle"),
    ("pandas", "read_csv"),
    ("pandas.io.pickle", "read_pickle"),
    ("random", "_os"),
    ("tensorflow", "load_library"),
    ("tensorflow", "load_op_library"),
    ("torch", "compile"),
    ("torch", "load"),
    ("torch", "save"),
    ("torch.serialization", "load"),
    ("torch.serialization", "save"),
    ("types", "CodeType"),
    ("types", "FunctionType"),
    ("types", "LambdaType"),
    ("types", "MethodType"),
    ("types", "ModuleType"),
    ("uuid", "_get_command_stdout"),
    ("uuid", "_popen"),
];

/// Package prefixes that hold ways to run code.
const PREFIXES: &[&str] = &[
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "tensorflow.python.framework.load_library",
    "tensorflow.python.ops.script_ops",
    "torch._dynamo",
    "torch._inductor",
    "torch.distributed",
    "torch.hub",
    "torch.jit",
    "torch.multiprocessing",
    "torch.package",
    "torch.utils.bottleneck",
    "torch.utils.collect_env",
    "torch.utils.cpp_extension",
    "torch.utils.data.datapipes",
];

/// Functions of `builtins` that run code or look attributes up.
const BUILTINS: &[&str] = &[
    "__build_class__",
    "__import__",
    "__loader__",
    "apply",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "execfile",
    "exit",
    "file",
    "filter",
    "getattr",
    "globals",
    "help",
    "input",
    "locals",
    "map",
    "memoryview",
    "open",
    "quit",
    "raw_input",
    "reload",
    "setattr",
    "super",
    "type",
    "vars",
];

/// Parts of a dotted name that lead out of any module.
const PARTS: &[&str] = &[
    "__bases__",
    "__builtins__",
    "__class__",
    "__code__",
    "__dict__",
    "__globals__",
    "__import__",
    "__init__",
    "__loader__",
    "__mro__",
    "__reduce__",
    "__reduce_ex__",
    "__spec__",
    "__subclasses__",
    "check_output",
    "eval",
    "exec",
    "execv",
    "execve",
    "popen",
    "runstring",
    "spawn",
    "system",
];

/// Whether the name is known to be dangerous.
pub(super) fn is_dangerous(name: &Name) -> bool {
    let module = name.module.as_str();
    let root = module.split('.').next().unwrap_or_default();
    let listed = |list: &[&str], word: &str| list.contains(&word);
    if listed(MODULES, root) || listed(MODULES, root.trim_start_matches('_')) {
        return true;
    }
    if module == "builtins" && listed(BUILTINS, first_part(&name.name)) {
        return true;
    }
    if NAMES.contains(&(module, first_part(&name.name))) {
        return true;
    }
    let under = |prefix: &&str| {
        module
            .strip_prefix(*prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if PREFIXES.iter().any(under) {
        return true;
    }
    // `random._os.system`, `numpy.os`: a module reached through another one.
    module.split('.').chain(name.name.split('.')).any(|part| {
        listed(PARTS, part)
            || listed(MODULES, part)
            || listed(MODULES, part.trim_start_matches('_'))
    })
}

fn first_part(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// The spelling of Python 3 for names that the unpickler maps (`fix_imports`).
pub(super) fn python3_name(module: String, name: String) -> (String, String) {
    let module = match module.as_str() {
        "__builtin__" | "exceptions" => "builtins".to_owned(),
        "copy_reg" => "copyreg".to_owned(),
        "cPickle" => "_pickle".to_owned(),
        "Queue" => "queue".to_owned(),
        "UserDict" | "UserList" | "UserString" => "collections".to_owned(),
        "cStringIO" | "StringIO" => "io".to_owned(),
        "commands" | "popen2" => "subprocess".to_owned(),
        "thread" => "_thread".to_owned(),
        "urllib2" => "urllib.request".to_owned(),
        _ => module,
    };
    let name = match (module.as_str(), name.as_str()) {
        ("builtins", "xrange") => "range".to_owned(),
        ("builtins", "unicode") => "str".to_owned(),
        ("builtins", "long") => "int".to_owned(),
        ("builtins", "reduce") => return ("functools".to_owned(), name),
        _ => name,
    };
    (module, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dangerous(module: &str, name: &str) -> bool {
        let (module, name) = python3_name(module.into(), name.into());
        is_dangerous(&Name { module, name })
    }

    #[test]
    fn direct_renamed_and_indirect_ways_are_known() {
        for (module, name) in [
            ("os", "system"),
            ("posix", "system"),
            ("__builtin__", "eval"),
            ("builtins", "getattr"),
            ("random", "_os.system"),
            ("numpy.testing._private.utils", "runstring"),
            ("torch.hub", "load"),
            ("operator", "attrgetter"),
            ("functools", "partial"),
            ("pkgutil", "resolve_name"),
            ("collections", "abc.sys.modules"),
            ("logging.config", "listen"),
        ] {
            assert!(dangerous(module, name), "{module}.{name}");
        }
        for (module, name) in [
            ("builtins", "print"),
            ("__main__", "Net"),
            ("numpy", "ndarray"),
        ] {
            assert!(!dangerous(module, name), "{module}.{name}");
        }
    }
}
