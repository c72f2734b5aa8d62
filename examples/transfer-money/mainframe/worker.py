"""Worker beside a mainframe: plain HTTP, the standard library only.

It works on book_transfer in the domain that is its argument: python3 worker.py east. CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY
and CONDUCTOR_AUTH_SECRET say on which cluster.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

API = os.environ.get("CONDUCTOR_SERVER_URL", "http://127.0.0.1:8080/api")
KEY, SECRET = os.environ.get("CONDUCTOR_AUTH_KEY"), os.environ.get("CONDUCTOR_AUTH_SECRET")


def call(path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["X-Authorization"] = token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data, headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        text = response.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


def new_token():
    return call("/token", {"keyId": KEY, "keySecret": SECRET})["token"] if KEY else None


def book(task, domain):
    """Makes the record of 40 characters that the mainframe wants."""
    given = task["inputData"]
    record = f"TRF{given['from'][:12].upper():<12}{given['to'][:12].upper():<12}{given['cents']:013d}"
    return {"status": "COMPLETED", "outputData": {"record": record, "bookedIn": domain}}


def main(domain):
    token = new_token()
    while True:
        try:
            tasks = call(f"/tasks/poll/batch/book_transfer?domain={domain}&workerid=mainframe-{domain}&count=5&timeout=5000", token=token)
            for task in tasks or []:
                try:
                    result = book(task, domain)
                except (KeyError, TypeError, ValueError) as error:  # a retry would bring the same input
                    result = {"status": "FAILED_WITH_TERMINAL_ERROR", "reasonForIncompletion": f"input: {error!r}"}
                result |= {"taskId": task["taskId"], "workflowInstanceId": task["workflowInstanceId"]}
                call("/tasks", result, token)
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            token = new_token()  # it has run out
        except OSError as error:
            print(f"the cluster cannot be reached, trying again: {error}", file=sys.stderr)
            time.sleep(1)


main(sys.argv[1])
