"""The notes of a customer, kept as docs/tenant-documents.md says: python3 docs/examples/notes.py http://127.0.0.1:8000"""

import json
import sys
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class Session:
    """An admin of an organization who is logged in."""

    def __init__(self, server, name, email, password):
        """Signs a customer up, and logs its first admin in."""
        self.server, self.access_token = server, None
        owner = {"email": email, "password": password}
        made = self.open("POST", "/v1/organizations", {"name": name, "owner": owner})
        self.organization = "/v1/organizations/" + json.load(made)["id"]
        self.keep(self.open("POST", "/v1/auth/login", owner))

    def keep(self, answer):
        tokens = json.load(answer)
        self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]

    def refresh(self):
        """A refresh token is good for one use: the next one has to be kept in its place."""
        body, self.access_token = {"refresh_token": self.refresh_token}, None
        self.keep(self.open("POST", "/v1/auth/refresh", body))

    def open(self, method, path, body=None, **headers):
        if isinstance(body, dict):
            body, headers["content-type"] = json.dumps(body).encode(), "application/json"
        if self.access_token is not None:
            headers["authorization"] = "Bearer " + self.access_token
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return urlopen(Request(self.server + path, body, headers, method=method))

    def send(self, method, path, body=None, **headers):
        """Sends a request about `path` in the organization; with a new access token, when the one at hand is not good
        any more."""
        path = self.organization + "/" + path
        try:
            return self.open(method, path, body, **headers)
        except HTTPError as error:
            if error.code != 401:
                raise
        self.refresh()
        return self.open(method, path, body, **headers)


def find(session, which, sort):
    """All documents that pass a filter, page by page."""
    query = {"filter": json.dumps(which), "sort": sort, "limit": 2}
    while True:
        page = json.load(session.send("GET", "documents?" + urlencode(query)))
        yield from page["items"]
        if page["next"] is None:
            return
        query["after"] = page["next"]


def change(session, note_id, edit):
    """Changes the current document, and retries when another client was faster; returns the number of retries."""
    for refused in range(8):
        seen = session.send("GET", f"documents/{note_id}")
        note = json.load(seen)
        edit(note)
        if refused == 0:  # The other client of this tutorial.
            session.send("PATCH", f"documents/{note_id}", {"by": "Bob"})
        try:
            session.send("PUT", f"documents/{note_id}", note, if_match=seen.headers["etag"])
            return refused
        except HTTPError as error:
            if error.code != 412:
                raise
    raise RuntimeError(f"{note_id} changes all the time")


def bring(session, notes):
    """Sends documents under ids of their own: what is there already is passed over, so this may be done again until it
    was done to its end."""
    lines = [json.dumps(note).encode() + b"\n" for note in notes]
    answer = session.send("POST", "documents/import?mode=skip", lines, content_type="application/x-ndjson")
    counts = json.load(answer)
    if counts["refused"] > 0:
        raise RuntimeError(f"lines that are no documents: {counts['errors']}")
    return counts


def tell(server):
    """One customer, from its first day on."""
    session = Session(server, "Notes", "ada@notes.example.com", "correct horse battery")
    for note_id, text, due, done in [
        ("plants", "water the plants", 3, False),
        ("bank", "call the bank", 1, False),
        ("taxes", "file the taxes", 2, False),
        ("tea", "buy tea", 1, True),
    ]:
        session.send("PUT", f"documents/{note_id}", {"text": text, "due": due, "done": done})
    session.access_token = ""  # As if an hour had passed: what follows gets a new one by itself.

    found = find(session, {"done": False, "due": {"$lte": 3}}, "due")
    print("open:", ", ".join(note["text"] for note in found))

    refused = change(session, "plants", lambda note: note.update(done=True))
    plants = json.load(session.send("GET", "documents/plants"))
    print(f"after {refused} refused attempt:", json.dumps(plants, separators=(",", ":")))

    for _ in range(2):
        counts = bring(session, [{"_id": f"imported-{n}", "text": "an old note"} for n in range(3)])
        print(f"imported {counts['inserted']}, skipped {counts['skipped']}")
    lines = sum(1 for line in session.send("GET", "documents/export"))
    usage = json.load(session.send("GET", "usage"))
    print(f"exported {lines}, of {usage['documents']} documents")


if __name__ == "__main__":
    tell(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
