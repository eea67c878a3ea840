"""The files of `examples/deploy`: the units are sound, and nginx with that configuration stands before the real server."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "examples" / "deploy"


@pytest.mark.parametrize("name", ["greenrule.service", "greenrule-backup.service", "greenrule-backup.timer"])
def test_units_are_sound(name: str, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("no systemd-analyze on this machine")
    for path in DEPLOY.glob("greenrule*.*"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"/opt/greenrule/\S+", "/bin/true", text)  # what is installed elsewhere
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [verify, "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True, check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if name in line or "Unknown" in line or "Failed" in line]
    assert [line for line in told if "Failed to" not in line or name in line] == []


def test_the_environment_file_holds_no_secret_and_every_setting_is_one() -> None:
    known = (ROOT / "src" / "greenrule" / "web" / "settings.py").read_text(encoding="utf-8")
    text = (DEPLOY / "greenrule.env").read_text(encoding="utf-8")
    for line in text.splitlines():
        found = re.fullmatch(r"(?:# )?(GREENRULE_\w+)=(.*)", line)
        if found:
            assert f'"{found[1]}"' in known or f'environ["{found[1]}"]' in known, found[1]
            if "SECRET" in found[1] and "FACTOR" not in found[1]:
                assert found[2] == ""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def certificate(folder: Path) -> None:
    """A certificate of our own for localhost."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


class Site:
    """nginx and the server behind it, each in the foreground on free ports."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        self.folder, self.plain, self.tls, behind = folder, free_port(), free_port(), free_port()
        certificate(folder)
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        text = re.sub(r"listen \[::\].*\n", "", text)
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.plain};").replace(
            "listen 443", f"listen 127.0.0.1:{self.tls}"
        )
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{behind}").replace("/etc/greenrule/tls", str(folder))
        text = text.replace("https://greenrule.example", f"https://localhost:{self.tls}").replace(
            "greenrule.example", "localhost"
        )
        text = text.replace(
            "proxy_set_header Host $host;", "proxy_set_header Host $http_host;"
        )  # the port is not 443 here
        paths = "".join(
            f"{what}_temp_path {folder / what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        self.configuration = folder / "nginx.conf"
        self.configuration.write_text(
            f"daemon off;\npid {folder / 'pid'};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{text}}}\n"
        )
        surroundings = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("GREENRULE_", "DJANGO_")) or key == "GREENRULE_CACHE"
        }
        surroundings |= {"GREENRULE_BEHIND_TLS": "1", "GREENRULE_HOSTS": "localhost", "GREENRULE_SECRET_KEY": "k" * 64}
        command = [sys.executable, "-m", "greenrule.cli.main"]
        made = subprocess.run(
            [*command, "serve", "--prepare-only", "-w", str(workspace)], env=surroundings, capture_output=True, text=True, check=True
        )  # fmt: skip
        found = re.search("口令 (.+?)（", made.stdout)
        assert found
        self.password = found[1]
        self.server = subprocess.Popen(
            [*command, "serve", "-w", str(workspace), "--port", str(behind), "--workers", "1"], env=surroundings,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.nginx = subprocess.Popen(
            ["nginx", "-c", str(self.configuration), "-p", str(folder)], stdin=subprocess.DEVNULL, start_new_session=True,
            stderr=(folder / "stderr").open("wb"),
        )  # fmt: skip
        context = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor(self.jar), Straight()
        )
        self.opener.addheaders = []

    def ask(self, path: str, data: bytes | None = None, *, plain: bool = False, **headers: str) -> tuple[int, Any, str]:
        """Status, headers and text of an answer; redirects are not followed."""
        base = f"http://localhost:{self.plain}" if plain else f"https://localhost:{self.tls}"
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        try:
            with self.opener.open(urllib.request.Request(base + path, data, named), timeout=60) as answer:
                return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode("utf-8", "replace")

    def wait(self) -> None:
        """Until the server answers through nginx."""
        for _ in range(600):
            try:
                if self.ask("/api/v1/health")[0] == 200:
                    return
            except OSError:
                pass
            assert self.server.poll() is None
            assert self.nginx.poll() is None, (self.folder / "stderr").read_text()
            time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def close(self) -> None:
        """End what was started."""
        for process in (self.nginx, self.server):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


class Straight(urllib.request.HTTPRedirectHandler):
    """Redirects are answers here."""

    def redirect_request(self, *rest: Any) -> None:
        return None


@pytest.fixture(scope="module")
def site(demo_workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if shutil.which("nginx") is None:
        pytest.skip("no nginx on this machine")
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    shutil.copytree(demo_workspace.path, folder / "workspace")
    made = Site(folder, folder / "workspace")
    try:
        made.wait()
        yield made
    finally:
        made.close()


@pytest.mark.long
def test_behind_nginx(site: Site) -> None:
    # Plain requests are sent on, and not by way of a name that the client chose.
    status, headers, _ = site.ask("/plain?x=1", plain=True, Host="evil.example")
    assert (status, headers["Location"]) == (301, f"https://localhost:{site.tls}/plain?x=1")
    status, headers, page = site.ask("/accounts/login/")
    assert status == 200
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Server"] == "nginx"
    assert all(cookie.secure for cookie in site.jar)
    # Another name is refused by the server.
    assert site.ask("/plain", Host="evil.example")[0] in (400, 421)
    # Log in as a browser does: the form's token, the referer, secure cookies.
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    body = f"csrfmiddlewaretoken={token[1]}&login=admin&password={site.password}".encode()
    own = f"https://localhost:{site.tls}"
    assert site.ask("/accounts/login/", body, Referer="https://evil.example/")[0] == 403
    status, headers, _ = site.ask("/accounts/login/", body, Referer=f"{own}/accounts/login/", Origin=own)
    assert (status, headers["Location"]) == (302, "/")
    assert {cookie.name for cookie in site.jar} >= {"sessionid", "csrftoken"}
    assert all(cookie.secure for cookie in site.jar)
    assert site.ask("/")[1]["Location"] == "/accounts/password/change/"
    # A finding, and what compresses is compressed.
    status, headers, _ = site.ask("/static/greenrule/pages.css", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")


@pytest.mark.long
def test_who_sends_slowly_keeps_nobody_waiting(site: Site) -> None:
    context = ssl.create_default_context(cafile=str(site.folder / "fullchain.pem"))
    slow = []
    for _ in range(12):  # four times as many as the server has threads
        link = context.wrap_socket(socket.create_connection(("localhost", site.tls)), server_hostname="localhost")
        link.sendall(
            f"POST /api/v1/geometry HTTP/1.1\r\nHost: localhost:{site.tls}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            "Content-Length: 100000\r\n\r\n--x\r\n".encode()
        )
        slow.append(link)
    try:
        with urllib.request.urlopen(
            f"https://localhost:{site.tls}/api/v1/health", timeout=20, context=context
        ) as found:
            assert found.status == 200
    finally:
        for link in slow:
            link.close()


@pytest.mark.long
def test_the_client_that_counts_is_the_one_that_nginx_saw(site: Site) -> None:
    """A visitor who writes addresses of his own into X-Forwarded-For is still the same visitor to the server's own limit."""
    site.jar.clear()
    said = [site.ask("/api/v1/place?lon=112.55&lat=37.87", X_Forwarded_For=f"10.0.0.{number}") for number in range(110)]
    refused = [text for status, _, text in said if status == 429]
    assert any("提问太频繁" in text for text in refused), [status for status, _, _ in said]
