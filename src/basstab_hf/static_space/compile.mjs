// Compiles every module below a folder for the browser's Python: node compile.mjs FOLDER, beside Pyodide. Sources go, .pyc stay.
import { loadPyodide } from "./pyodide.mjs";

const [, , folder] = process.argv;
const python = await loadPyodide();
python.FS.mkdir("/bundle");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/bundle");
python.runPython(`
import pathlib, py_compile

for source in pathlib.Path("/bundle").rglob("*.py"):
    shown = str(source.relative_to("/bundle"))
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(source), str(source) + "c", shown, doraise=True, optimize=2, invalidation_mode=unchecked)
    source.unlink()
`);
