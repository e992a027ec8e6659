# SPDX-License-Identifier: Apache-2.0
"""One short burst of real requests, by REST and by MCP."""

import http.client
import json

from runner.children import Failed


class Http:
    """Requests over one connection; an answer that is not the expected one ends the run."""

    def __init__(self, address):
        self.address = address
        self.connection = http.client.HTTPConnection(address, timeout=10)
        self.sent = 0

    def request(self, method, path, body=None, expect=200, headers=None):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{method} http://{self.address}{path}: {error}") from error
        self.sent += 1
        if answer.status != expect:
            said = text.decode(errors="replace").strip()[:300]
            raise Failed(f"{method} http://{self.address}{path} answered {answer.status}, not {expect}: {said}")
        return json.loads(text) if text.strip().startswith(b"{") else None


def by_rest(api):
    """Two sessions and two applications; one of each is deleted again. One request is wrong on purpose."""
    session = api.request("POST", "/api/v1/sessions", {}, expect=201)["id"]
    other = api.request("POST", "/api/v1/sessions", {}, expect=201)["id"]
    applications = f"/api/v1/sessions/{session}/applications"
    watched = {"name": "hello", "image": "registry.example/hello:1", "metrics": {"enabled": True}}
    api.request("POST", applications, watched, expect=201)
    api.request("POST", applications, {"name": "worker", "image": "registry.example/worker:1"}, expect=201)
    api.request("PUT", f"{applications}/hello/source", b"what a real one would archive\n",
                headers={"Content-Type": "application/octet-stream"})
    api.request("POST", "/api/v1/sessions", b'{"broken', expect=400)
    api.request("GET", "/api/v1/sessions")
    api.request("GET", f"/api/v1/sessions/{session}")
    api.request("GET", applications)
    api.request("GET", f"{applications}/hello")
    api.request("DELETE", f"{applications}/worker", expect=204)
    api.request("DELETE", f"/api/v1/sessions/{other}", expect=204)


class Mcp:
    """A client of the Model Context Protocol over HTTP, as far as the burst needs one."""

    HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}

    def __init__(self, connection):
        self.http = connection
        self.id = 0

    def call(self, method, parameters=None):
        self.id += 1
        message = {"jsonrpc": "2.0", "id": self.id, "method": method, "params": parameters or {}}
        answer = self.http.request("POST", "/mcp", message, headers=self.HEADERS)
        if answer is None or "error" in answer:
            raise Failed(f"MCP {method} answered {json.dumps(answer)}")
        return answer["result"]

    def notify(self, method):
        message = {"jsonrpc": "2.0", "method": method}
        self.http.request("POST", "/mcp", message, expect=202, headers=self.HEADERS)

    def tool(self, tool, /, **arguments):
        result = self.call("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise Failed(f"MCP tool {tool} answered {json.dumps(result)}")
        structured = result.get("structuredContent")
        return structured if structured is not None else json.loads(result["content"][0]["text"])


def by_mcp(connection):
    """A session with an application that is deployed, listed and deleted."""
    mcp = Mcp(connection)
    mcp.call("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                            "clientInfo": {"name": "make run", "version": "1"}})
    mcp.notify("notifications/initialized")
    mcp.call("tools/list")
    session = mcp.tool("create_session")["id"]
    mcp.tool("deploy_application", session=session, name="assistant", image="registry.example/assistant:1")
    mcp.tool("list_applications", session=session)
    mcp.tool("delete_application", session=session, name="assistant")


def burst(api_address, mcp_address):
    """Sends it; returns how many requests went by REST and by MCP."""
    api, mcp = Http(api_address), Http(mcp_address)
    by_rest(api)
    by_mcp(mcp)
    api.connection.close()
    mcp.connection.close()
    return api.sent, mcp.sent
