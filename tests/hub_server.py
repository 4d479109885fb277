"""A Hugging Face Hub on this machine, for tests: real HTTP, real hashes, one commit or none; kept in memory.

    with HubServer() as hub:
        ...  # clients with HF_ENDPOINT=hub.url and HF_TOKEN=TOKEN
        hub.fail("commit", 503)

`python -m tests.hub_server [--port N]` keeps one up until it is interrupted, to try a push by hand.

Xet is not spoken: clients set HF_HUB_DISABLE_XET=1. Tokens: `TOKEN` is the user "me", `OTHER_TOKEN` "other"; one may
write in one's own name, and "me" in that of the organisation "band".
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import yaml

from tests.hub_store import Blob, Fault, Repo

TOKEN, OTHER_TOKEN = "hf_mineIsSecret0123456789", "hf_othersSecret0123456789"
_USERS = {TOKEN: "me", OTHER_TOKEN: "other"}
_MEMBERS = {"band": ("me",)}  # of organisations
_LARGE = (".safetensors", ".parquet", ".onnx", ".bin", ".dat", ".wasm", ".sf2", ".png")
#: Requests by kind: method, path, and which handler answers. Types and ids stand in front of `/`-free names.
_REPO = r"/(?P<type>model|dataset|space)s/(?P<id>[^/]+/[^/]+)"
_ROUTES = [
    ("whoami", "GET", r"/api/whoami-v2"),
    ("validate", "POST", r"/api/validate-yaml"),
    ("create", "POST", r"/api/repos/create"),
    ("tree", "GET", rf"/api{_REPO}/tree/(?P<rev>[^/]+)(?:/(?P<path>.+))?"),
    ("paths", "POST", rf"/api{_REPO}/paths-info/(?P<rev>[^/]+)"),
    ("branch", "POST", rf"/api{_REPO}/branch/(?P<rev>[^/]+)"),
    ("preupload", "POST", rf"/api{_REPO}/preupload/(?P<rev>[^/]+)"),
    ("xet", "GET", rf"/api{_REPO}/xet-write-token/(?P<rev>[^/]+)"),
    ("commit", "POST", rf"/api{_REPO}/commit/(?P<rev>[^/]+)"),
    ("commits", "GET", rf"/api{_REPO}/commits/(?P<rev>[^/]+)"),
    ("info", "GET", rf"/api{_REPO}(?:/revision/(?P<rev>[^/]+))?"),
    ("batch", "POST", r"/(?:(?P<type>dataset|space)s/)?(?P<id>[^/]+/[^/]+)\.git/info/lfs/objects/batch"),
    ("put", "PUT", r"/lfs/(?P<oid>[0-9a-f]{64})(?:/(?P<part>\d+))?"),
    ("complete", "POST", r"/lfs/(?P<oid>[0-9a-f]{64})/complete"),
    ("verify", "POST", r"/lfs/verify"),
    ("resolve", "GET", r"/(?:(?P<type>dataset|space)s/)?(?P<id>[^/]+/[^/]+)/resolve/(?P<rev>[^/]+)/(?P<path>.+)"),
]
_COMPILED = [(kind, method, re.compile(path)) for kind, method, path in _ROUTES]


class RefusedError(Exception):
    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


class HubServer:
    """The server. `repos`, `large` (objects by SHA-256), `asked` (requests by kind) and `log` are there to be read."""

    def __init__(self, part_bytes: int = 0, port: int = 0) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.large: dict[str, bytes] = {}
        self.parts: dict[tuple[str, int], bytes] = {}
        self.part_bytes = part_bytes  # larger objects are asked for in parts of so many bytes; 0: never
        self.asked: Counter[str] = Counter()
        self.log: list[str] = []
        self._faults: dict[str, Fault] = {}
        self._lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> HubServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail(self, kind: str, status: int | str, **how: Any) -> None:
        """Let requests of a kind fail: see `Fault`."""
        self._faults[kind] = Fault(status, **how)

    def fault(self, kind: str) -> Fault | None:
        """The fault that the next request of a kind meets."""
        with self._lock:
            self.asked[kind] += 1
            found = self._faults.get(kind)
            if found is None or found.times <= 0:
                return None
            if found.skip > 0:
                found.skip -= 1
                return None
            found.times -= 1
            return found

    def files(self, repo_id: str, kind: str = "model", revision: str = "main") -> dict[str, bytes]:
        """What a repository holds."""
        found = self.repos[kind, repo_id].at(revision)
        assert found
        return {path: blob.content for path, blob in found[1].items()}

    def edit(self, repo_id: str, path: str, content: bytes, kind: str = "model") -> None:
        """Change a file as somebody does on the Hub's page."""
        repo = self.repos[kind, repo_id]
        repo.commit("main", {**repo.commits[repo.branches["main"]], path: Blob(content, large=False)}, "edited")


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        method = "GET" if self.command == "HEAD" else self.command
        self.hub.log.append(f"{self.command} {self.path}")
        for kind, wanted, path in _COMPILED:
            if wanted == method and (found := path.fullmatch(url.path)):
                parts = {name: unquote(part) for name, part in found.groupdict().items() if part}
                self._run(kind, {"type": "model", "rev": "main", **parts, "query": parse_qs(url.query)}, body)
                return
        self._send(404, {"error": f"no such page: {self.path}"})

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass

    def _run(self, kind: str, asked: dict[str, Any], body: bytes) -> None:
        fault = self.hub.fault(kind)
        if fault and fault.status == "slow":
            time.sleep(fault.seconds)
        elif fault and fault.status == "drop":
            self.close_connection = True
            return
        elif fault and isinstance(fault.status, int):
            self._send(fault.status, {"error": f"fault {fault.status}"}, fault.headers)
            return
        try:
            with self.hub._lock:
                answer = getattr(self, f"_{kind}")(asked, body)
        except RefusedError as no:
            headers = {"X-Error-Message": " ".join(no.message.split())} | ({"X-Error-Code": no.code} if no.code else {})
            answer = (no.status, {"error": no.message}, headers)
        if fault and fault.status == "lose":
            self.close_connection = True
            return
        self._send(*(answer if isinstance(answer, tuple) else (200, answer)))

    def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        if not isinstance(content, bytes):
            self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.command != "HEAD":
            with suppress(BrokenPipeError, ConnectionResetError):  # the client may have gone
                self.wfile.write(data)

    # Who asks, and for what.
    def _user(self) -> str | None:
        said = self.headers.get("Authorization", "")
        if not said:
            return None
        if (user := _USERS.get(said.removeprefix("Bearer "))) is None:
            raise RefusedError(401, "Invalid credentials in Authorization header")
        return user

    def _repo(self, asked: dict[str, Any], *, write: bool = False) -> Repo:
        user, owner = self._user(), asked["id"].partition("/")[0]
        repo = self.hub.repos.get((asked["type"], asked["id"]))
        if repo is None or (repo.private and user not in (owner, *_MEMBERS.get(owner, ()))):
            raise RefusedError(404 if user else 401, "Repository not found", "RepoNotFound")
        if write:
            self._may_write(owner)
        return repo

    def _may_write(self, owner: str) -> None:
        if (user := self._user()) not in (owner, *_MEMBERS.get(owner, ())):
            raise RefusedError(403 if user else 401, f"You don't have the rights to write to {owner}")

    def _at(self, asked: dict[str, Any]) -> tuple[str, dict[str, Blob]]:
        found = self._repo(asked).at(asked["rev"])
        if found is None:
            raise RefusedError(404, f"Invalid rev id: {asked['rev']}", "RevisionNotFound")
        return found

    # The answers, one a kind of request.
    def _whoami(self, asked: dict[str, Any], body: bytes) -> Any:
        user = self._user()
        if user is None:
            raise RefusedError(401, "Invalid username or password.")
        return {"type": "user", "name": user, "fullname": user, "orgs": [], "auth": {"type": "access_token"}}

    def _validate(self, asked: dict[str, Any], body: bytes) -> Any:
        content = json.loads(body)["content"]
        head = re.match(r"---\n(.*?)\n---", content, re.DOTALL)
        try:
            said = yaml.safe_load(head[1]) if head else {}
        except yaml.YAMLError as error:
            return 400, {"errors": [{"message": f"no YAML: {error}"}], "warnings": []}
        wrong = [{"message": '"license" must be a string'}] if not isinstance(said.get("license", ""), str) else []
        for model in said.get("model-index", []):
            if not {"name", "results"} <= set(model):
                wrong.append({"message": '"model-index" needs names and results'})
        empty = [{"message": "empty or missing yaml metadata in repo card"}] if not said else []
        return (400 if wrong else 200), {"errors": wrong, "warnings": empty}

    def _create(self, asked: dict[str, Any], body: bytes) -> Any:
        said = json.loads(body)
        self._may_write(owner := said.get("organization") or self._user())
        kind, repo_id = said.get("type", "model"), f"{owner}/{said['name']}"
        answer = {"url": f"{self.hub.url}/{'' if kind == 'model' else kind + 's/'}{repo_id}"}
        if (kind, repo_id) in self.hub.repos:
            return 409, answer | {"error": "You already created this repo"}
        repo = Repo(said.get("visibility") == "private" or bool(said.get("private")), said.get("sdk"))
        first = {".gitattributes": Blob(b"*.safetensors filter=lfs\n", large=False)}
        if kind == "space":
            first["README.md"] = Blob(f"---\ntitle: Untitled\nsdk: {said['sdk']}\n---\n".encode(), large=False)
        repo.commit("main", first, "initial commit")
        self.hub.repos[kind, repo_id] = repo
        return answer

    def _info(self, asked: dict[str, Any], body: bytes) -> Any:
        sha, files = self._at(asked)
        head = re.match(rb"---\n(.*?)\n---", files["README.md"].content, re.DOTALL) if "README.md" in files else None
        card = yaml.safe_load(head[1]) if head else {}
        said = {name: card[name] for name in ("library_name", "pipeline_tag") if name in card}
        return said | {
            **{"_id": "1", "id": asked["id"], "modelId": asked["id"], "sha": sha, "cardData": card},
            **{"private": self._repo(asked).private, "gated": False, "disabled": False, "downloads": 0, "likes": 0},
            **{"tags": card.get("tags", []), "siblings": [{"rfilename": path} for path in files]},
            **{"lastModified": "2026-01-01T00:00:00.000Z", "createdAt": "2026-01-01T00:00:00.000Z"},
        }

    def _tree(self, asked: dict[str, Any], body: bytes) -> Any:
        _, files = self._at(asked)
        prefix = f"{asked['path']}/" if asked.get("path") else ""
        inside = {path: blob for path, blob in files.items() if path.startswith(prefix)}
        if prefix and not inside:
            raise RefusedError(404, f"{asked['path']} does not exist", "EntryNotFound")
        deep = asked["query"].get("recursive", ["false"])[0].lower() in ("true", "1")
        folders = {path[: at.start()] for path in inside for at in re.finditer("/", path) if at.start() > len(prefix)}
        shown = [path for path in folders if deep or "/" not in path[len(prefix) :]]
        return [{"type": "directory", "path": path, "size": 0, "oid": "0" * 40} for path in sorted(shown)] + [
            blob.listed(path) for path, blob in inside.items() if deep or "/" not in path[len(prefix) :]
        ]

    def _paths(self, asked: dict[str, Any], body: bytes) -> Any:
        _, files = self._at(asked)
        text = body.decode()
        paths = json.loads(text)["paths"] if text.startswith("{") else parse_qs(text).get("paths", [])
        folders = [path for path in paths if any(one.startswith(f"{path}/") for one in files)]
        return [files[path].listed(path) for path in paths if path in files] + [
            {"type": "directory", "path": path, "size": 0, "oid": "0" * 40} for path in folders
        ]

    def _branch(self, asked: dict[str, Any], body: bytes) -> Any:
        repo = self._repo(asked, write=True)
        if asked["rev"] in repo.branches:
            raise RefusedError(409, "Reference already exists")
        repo.branches[asked["rev"]] = repo.branches["main"]
        return {}

    def _preupload(self, asked: dict[str, Any], body: bytes) -> Any:
        repo = self._repo(asked, write=True)
        _, files = repo.at(asked["rev"]) or ("", {})
        return {
            "files": [
                {
                    "path": one["path"],
                    "uploadMode": "lfs" if one["path"].endswith(_LARGE) or one["size"] > 10**7 else "regular",
                    "shouldIgnore": False,
                    "oid": (blob.sha256 if blob.large else blob.oid) if (blob := files.get(one["path"])) else None,
                }
                for one in json.loads(body)["files"]
            ]
        }

    def _commits(self, asked: dict[str, Any], body: bytes) -> Any:
        sha, _ = self._at(asked)
        about = {"authors": [{"user": "me"}], "message": "", "date": "2026-01-01T00:00:00.000Z"}
        return [about | {"id": one, "title": title} for one, title in self._repo(asked).history[sha]]

    def _xet(self, asked: dict[str, Any], body: bytes) -> Any:
        raise RefusedError(404, "Xet is not spoken here")

    def _batch(self, asked: dict[str, Any], body: bytes) -> Any:
        self._repo(asked, write=True)
        return {"transfer": "basic", "objects": [self._object(one) for one in json.loads(body)["objects"]]}

    def _object(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["oid"] in self.hub.large:
            return one  # no actions: it is there
        place, part = f"{self.hub.url}/lfs/{one['oid']}", self.hub.part_bytes
        upload: dict[str, Any] = {"href": f"{place}?signature=presigned"}
        if part and one["size"] > part:
            urls = {str(number + 1): f"{place}/{number + 1}" for number in range(-(-one["size"] // part))}
            upload = {"href": f"{place}/complete", "header": {"chunk_size": str(part), **urls}}
        return one | {"actions": {"upload": upload, "verify": {"href": f"{self.hub.url}/lfs/verify"}}}

    def _put(self, asked: dict[str, Any], body: bytes) -> Any:
        if "part" in asked:
            self.hub.parts[asked["oid"], int(asked["part"])] = body
            return 200, b"", {"ETag": hashlib.md5(body).hexdigest()}
        return self._store(asked["oid"], body)

    def _complete(self, asked: dict[str, Any], body: bytes) -> Any:
        numbers = [one["partNumber"] for one in json.loads(body)["parts"]]
        return self._store(asked["oid"], b"".join(self.hub.parts.pop((asked["oid"], number)) for number in numbers))

    def _store(self, oid: str, content: bytes) -> Any:
        if hashlib.sha256(content).hexdigest() != oid:
            raise RefusedError(400, "the content is not what was announced")
        self.hub.large[oid] = content
        return {}

    def _verify(self, asked: dict[str, Any], body: bytes) -> Any:
        if json.loads(body)["oid"] not in self.hub.large:
            raise RefusedError(404, "no such object")
        return {}

    def _commit(self, asked: dict[str, Any], body: bytes) -> Any:
        repo = self._repo(asked, write=True)
        head, files = self._at(asked)
        lines = [json.loads(line) for line in body.splitlines()]
        header = lines[0]["value"]
        if header.get("parentCommit", head) != head:
            raise RefusedError(412, "A commit has happened since. Please refresh and try again.")
        files = dict(files)
        for line in lines[1:]:
            value, path = line["value"], line["value"]["path"]
            if line["key"] == "file":
                files[path] = Blob(base64.b64decode(value["content"]), large=False)
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.hub.large:
                    raise RefusedError(400, f"{path}: its object was never sent")
                files[path] = Blob(self.hub.large[value["oid"]], large=True)
            elif line["key"] == "deletedFile":
                del files[path]
        sha = repo.commit(asked["rev"], files, header["summary"])
        return {"success": True, "commitOid": sha, "commitUrl": f"{self.hub.url}/{asked['id']}/commit/{sha}"}

    def _resolve(self, asked: dict[str, Any], body: bytes) -> Any:
        sha, files = self._at(asked)
        if (blob := files.get(asked["path"])) is None:
            raise RefusedError(404, f"{quote(asked['path'])} does not exist", "EntryNotFound")
        etag = blob.sha256 if blob.large else blob.oid
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
        if blob.large:
            headers |= {"X-Linked-ETag": f'"{etag}"', "X-Linked-Size": str(len(blob.content))}
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(wanted[1]), min(int(wanted[2] or 10**12), len(blob.content) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(blob.content)}"
            return 206, blob.content[first : last + 1], headers
        return 200, blob.content, headers


def main() -> None:
    """A Hub that is kept until Ctrl-C, empty again after it."""
    parser = argparse.ArgumentParser(description="A Hugging Face Hub on this machine, kept in memory until Ctrl-C.")
    parser.add_argument("--port", type=int, default=0, help="on which to listen; without it one that is free")
    with HubServer(port=parser.parse_args().port) as hub:
        settings = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
        print("export", *(f"{name}={value}" for name, value in settings.items()), flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
