// Compiles every module below a folder for the browser's Python: node compile.mjs FOLDER, beside Pyodide. Sources go, .pyc stay.
import { loadPyodide } from "./pyodide.mjs";

const [, , folder] = process.argv;
const python = await loadPyodide();
python.FS.mkdir("/bundle");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/bundle");
python.runPython(`
import marshal, pathlib, py_compile, types

HEAD = 16  # bytes of a .pyc before its code

def bare(code):
    """Without lines and files, which only tracebacks tell: two fifths of what is left when it is packed."""
    consts = tuple(bare(each) if isinstance(each, types.CodeType) else each for each in code.co_consts)
    return code.replace(co_consts=consts, co_linetable=b"", co_filename="")

for source in pathlib.Path("/bundle").rglob("*.py"):
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(source), str(source) + "c", doraise=True, optimize=2, invalidation_mode=unchecked)
    source.unlink()
for compiled in pathlib.Path("/bundle").rglob("*.pyc"):
    content = compiled.read_bytes()
    compiled.write_bytes(content[:HEAD] + marshal.dumps(bare(marshal.loads(content[HEAD:]))))
`);
