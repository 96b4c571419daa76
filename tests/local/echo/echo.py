"""A function that does what the event asks for: the behaviours a sandbox must survive."""

import json
import os
import sys
import threading
import time
import urllib.request

API = os.environ.get("AWS_LAMBDA_RUNTIME_API", "")
PASSED = []

if os.environ.get("FAIL_INIT"):
    raise RuntimeError("no model here")
if os.environ.get("SLOW_INIT"):
    time.sleep(float(os.environ["SLOW_INIT"]))


def _extension():
    body = json.dumps({"events": ["INVOKE"]}).encode()
    headers = {"Lambda-Extension-Name": "after"}
    register = urllib.request.Request(f"http://{API}/2020-01-01/extension/register", body, headers)
    with urllib.request.urlopen(register) as answer:
        identifier = answer.headers["Lambda-Extension-Identifier"]
    threading.Thread(target=_after_response, args=(identifier,), daemon=True).start()


def _after_response(identifier):
    headers = {"Lambda-Extension-Identifier": identifier}
    while True:
        following = urllib.request.Request(f"http://{API}/2020-01-01/extension/event/next", headers=headers)
        with urllib.request.urlopen(following):
            pass
        with open(os.environ["GATE"]) as gate:  # a FIFO: opening it waits for whoever writes
            PASSED.append(gate.read())


if os.environ.get("GATE"):
    _extension()


def _sleep(event, _context):
    time.sleep(event["seconds"])
    return "slept"


def _meet(event, _context):
    open(f"{event['folder']}/{os.getpid()}", "x").close()
    while len(os.listdir(event["folder"])) < event["others"]:
        time.sleep(0.01)
    return os.getpid()


def _memory(event, _context):
    return len(bytearray(event["megabytes"] << 20))


def _boto3(event, _context):
    import boto3

    client = boto3.client(event["service"])
    answer = getattr(client, event["method"])(**event.get("arguments", {}))
    body = answer.get("Body")
    return body.read().decode() if body else "done"


def _orphan(_event, _context):
    if os.fork() == 0:
        time.sleep(20)
    os._exit(1)


ACTIONS = {
    "echo": lambda event, context: event.get("value"),
    "sleep": _sleep,
    "meet": _meet,
    "passed": lambda event, context: PASSED,
    "memory": _memory,
    "exit": lambda event, context: os._exit(event.get("code", 1)),
    "orphan": _orphan,
    "raise": lambda event, context: 1 / 0,
    "pid": lambda event, context: os.getpid(),
    "path": lambda event, context: sys.path,
    "environment": lambda event, context: dict(os.environ),
    "big": lambda event, context: "x" * event["bytes"],
    "log": lambda event, context: print(event["line"]),
    "boto3": _boto3,
    "context": lambda event, context: [context.invoked_function_arn, context.function_version, context.aws_request_id],
    "proxy": lambda event, context: {"statusCode": 200, "body": json.dumps(event)},
}


def handler(event, context):
    action = event.get("action", "proxy") if isinstance(event, dict) else "echo"
    return ACTIONS[action](event, context)
