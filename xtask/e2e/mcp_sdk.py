"""Drives `seawall mcp` with the official MCP SDK for Python around a real server.

Prints `ok NAME` or `not ok NAME: why` for each test.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile

from mcp import ClientSession, MCPError, StdioServerParameters, stdio_client

SEAWALL = os.environ["SEAWALL_BINARY"]
SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mcp_server.py")
FOLDER = tempfile.TemporaryDirectory(prefix="seawall-mcp-")


def state(name):
    return os.path.join(FOLDER.name, name)


async def session(folder, kind, use, *flags):
    arguments = ["mcp", "--name", "yard", "--state", state(folder), *flags]
    arguments += ["--", sys.executable, SERVER, kind]
    parameters = StdioServerParameters(command=SEAWALL, args=arguments)
    async with stdio_client(parameters, errlog=subprocess.DEVNULL) as (read, write):
        async with ClientSession(read, write, read_timeout_seconds=30) as client:
            await client.initialize()
            await use(client)


async def names(client):
    return [tool.name for tool in (await client.list_tools()).tools]


async def refused(call):
    try:
        await call
    except MCPError as error:
        return str(error)
    raise AssertionError("it was not refused")


async def plain():
    async def use(client):
        assert await names(client) == ["add", "read_note"]
        answer = await client.call_tool("add", {"a": 2, "b": 3})
        assert answer.content[0].text == "5", answer
        await client.send_ping()

    await session("plain", "plain", use)


async def injected_result():
    async def use(client):
        why = await refused(client.call_tool("read_note", {"which": "bad"}))
        assert "policy" in why and "previous" not in why, why
        answer = await client.call_tool("read_note", {"which": "good"})
        assert "noon" in answer.content[0].text, "the session did not go on"

    await session("plain", "plain", use)


async def poisoned_description():
    async def use(client):
        assert await names(client) == ["read_note"], await names(client)
        await refused(client.call_tool("add", {"a": 1, "b": 1}))

    await session("poisoned", "poisoned", use)


async def pulled_rug():
    async def first(client):
        await names(client)

    async def second(client):
        tools = (await client.list_tools()).tools
        assert tools[0].description == "Adds two numbers.", "the new text reached the client"
        await refused(client.call_tool("add", {"a": 1, "b": 1}))

    async def third(client):
        await names(client)
        answer = await client.call_tool("add", {"a": 1, "b": 1})
        assert answer.content[0].text == "2", answer

    await session("pulled", "plain", first)
    await session("pulled", "pulled", second)
    pins = ["mcp", "pins"]
    where = ["--state", state("pulled")]
    listed = subprocess.run([SEAWALL, *pins, "list", *where, "--format", "json"], capture_output=True, check=True)
    waiting = [pin for pin in json.loads(listed.stdout)["pins"] if pin["proposed"]]
    assert [pin["differences"] for pin in waiting] == [["description: /description changed"]], waiting
    subprocess.run([SEAWALL, *pins, "approve", *where, "yard", "add", "--as", "grace"], capture_output=True, check=True)
    await session("pulled", "pulled", third)


async def allow_list():
    async def use(client):
        assert await names(client) == ["add"]
        await refused(client.call_tool("read_note", {"which": "good"}))

    await session("allowed", "plain", use, "--tool", "add")


async def oversized():
    async def use(client):
        await refused(client.call_tool("read_note", {"which": "big"}))
        answer = await client.call_tool("add", {"a": 2, "b": 2})
        assert answer.content[0].text == "4", answer

    await session("big", "plain", use, "--message-bytes", "100000")


async def ledger():
    for name in ("plain", "poisoned", "pulled"):
        subprocess.run([SEAWALL, "log", "verify", "--state", state(name)], capture_output=True, check=True)
    shown = subprocess.run([SEAWALL, "log", "show", "--state", state("pulled")], capture_output=True, check=True)
    assert b"pin" in shown.stdout, "no pin in the ledger"


failed = False
for test in (plain, injected_result, poisoned_description, pulled_rug, allow_list, oversized, ledger):
    name = f"mcp-python {test.__name__}"
    try:
        asyncio.run(asyncio.wait_for(test(), 120))
        print(f"ok {name}", flush=True)
    except BaseException as error:  # noqa: BLE001 - every failure is a line
        failed = True
        print(f"not ok {name}: {error!r}", flush=True)
FOLDER.cleanup()
sys.exit(failed)
