"""Methods that no view has of its own: HEAD, OPTIONS, and those that an address refuses; bodies that do not tell their length."""

from __future__ import annotations

import json

import pytest

#: Addresses of every kind of view: the API, the app and the pages without it, tiles, OGC.
_READ = ["/api/v1/health", "/api/v1/instruments", "/plain", "/plain/law", "/tiles/layers.json", "/ogc/collections", "/"]


@pytest.mark.parametrize("path", _READ)
def test_head_is_get_without_its_body(client, path):
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.headers.get("Content-Type")) == (got.status_code, got.headers.get("Content-Type"))
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers.get("ETag") == got.headers.get("ETag")


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "FOO"])
@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/findings", "/ogc", "/ogc/collections"])
def test_a_method_that_is_not_there_is_refused_in_the_one_shape(client, method, path):
    found = client.generic(method, path)
    assert found.status_code == 405
    assert found["Content-Type"] == "application/problem+json"
    body = json.loads(found.content)
    assert body["status"] == 405
    assert "GET" in body["detail"]
    assert {"GET", "HEAD", "OPTIONS"} <= {name.strip() for name in found["Allow"].split(",")}


def test_a_page_refuses_in_words(client):
    found = client.post("/plain/law")
    assert found.status_code in (403, 405)
    assert found.status_code == 403 or "GET" in found.content.decode()


def test_options_tell_what_an_address_takes(client):
    found = client.options("/api/v1/findings")
    assert found.status_code == 204
    assert {"GET", "POST", "HEAD", "OPTIONS"} == {name.strip() for name in found["Allow"].split(",")}


def test_a_refused_method_is_told_in_english(client):
    found = client.delete("/api/v1/health?lang=en")
    assert json.loads(found.content)["detail"] == "This address takes GET, HEAD only"


@pytest.mark.parametrize("path", ["/api/v1/findings", "/api/v1/geometry"])
def test_a_body_that_does_not_tell_its_length_is_not_taken_for_none(client, path):
    found = client.generic("POST", path, b"", headers={"Transfer-Encoding": "chunked"})
    assert found.status_code == 411
    assert json.loads(found.content)["title"] == "没有写明长度"


def test_the_root_of_the_api_does_not_speak_of_our_settings(client):
    found = client.get("/api/v1/")
    assert found.status_code == 404
    assert json.loads(found.content)["detail"] == "没有这个地址"
