"""As much of S3 as the storage uses, on tests.support.servers: objects in memory, whole or in part, deleted, listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

from support.servers import Reply, Request, serve


@contextmanager
def serve_s3(bucket: str) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Run it for the block; its endpoint, and its objects by key."""
    objects: dict[str, bytes] = {}

    def answer(request: Request) -> Reply:
        address = urlsplit(request.path)
        _, found, key = unquote(address.path).lstrip("/").partition("/")
        if not found or not key:
            return _listing(bucket, objects, parse_qs(address.query))
        if request.method == "PUT":
            objects[key] = request.body
            return Reply(headers={"ETag": '"1"'})
        if request.method == "DELETE":
            objects.pop(key, None)
            return Reply(204)
        if key not in objects:
            return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return _object(objects[key], request.headers.get("range"))

    with serve(answer) as endpoint:
        yield endpoint, objects


def _object(data: bytes, wanted: str | None) -> Reply:
    headers = {"ETag": '"1"', "Last-Modified": "Tue, 18 Nov 2025 12:30:15 GMT", "Content-Type": "binary/octet-stream"}
    if wanted is None:
        return Reply(body=data, headers={**headers, "Content-Length": str(len(data))})
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    part = data[int(first) : int(last or len(data)) + 1]
    return Reply(206, part, {**headers, "Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"})


def _listing(bucket: str, objects: dict[str, bytes], query: dict[str, list[str]]) -> Reply:
    prefix, delimiter = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
    contents, folders = "", set()
    for key in sorted(key for key in objects if key.startswith(prefix)):
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if found:
            folders.add(prefix + head + delimiter)
        else:
            contents += (
                f"<Contents><Key>{key}</Key><Size>{len(objects[key])}</Size><ETag>1</ETag>"
                "<LastModified>2025-11-18T12:30:15.000Z</LastModified><StorageClass>STANDARD</StorageClass></Contents>"
            )
    contents += "".join(f"<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>" for folder in sorted(folders))
    return Reply(
        body=(
            f'<?xml version="1.0"?><ListBucketResult><Name>{bucket}</Name><Prefix>{prefix}</Prefix>'
            f"<IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        ).encode(),
        headers={"Content-Type": "application/xml"},
    )
