"""A built dataset in the words of Croissant 1.0, with its vocabulary for responsible AI (RAI 1.0).

Input: what the card tells. Output: croissant.json beside it: https://docs.mlcommons.org/croissant.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "croissant.json"
#: The types of the columns that Croissant's records have; nested ones are in the Parquet files alone.
_TYPES = {"string": "sc:Text", "int64": "sc:Integer", "float64": "sc:Float"}
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(folder: Path, about: Mapping[str, Any], rai: Mapping[str, str]) -> None:
    """Describe the Parquet files below `folder` with their hashes and columns.

    Args:
        folder: of the dataset, its files written.
        about: name, description, license, version and the like, in schema.org's words.
        rai: what there is to say of how it came about, by RAI's words without their prefix.
    """
    from pyarrow import parquet

    paths = sorted((folder / "data").glob("*.parquet"))
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        **about,
        **{f"rai:{name}": text for name, text in rai.items()},
        "distribution": [_file(path) for path in paths],
        "recordSet": [_records(path, parquet.read_schema(path)) for path in paths],
    }
    (folder / NAME).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _file(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": f"data/{path.name}",
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": digest,
    }


def _records(path: Path, schema: Any) -> dict[str, Any]:
    name = path.stem
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "dataType": _TYPES[str(column.type)],
                "source": {"fileObject": {"@id": path.name}, "extract": {"column": column.name}},
            }
            for column in schema
            if str(column.type) in _TYPES
        ],
    }
