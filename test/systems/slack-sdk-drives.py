"""Drives a Slack through Slack's own Python client, and prints what it was answered as one JSON object."""

import json
import sys
import threading

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

given = json.loads(sys.stdin.readline())
web = WebClient(token=given["botToken"], base_url=given["api"], timeout=5)
# Its own handlers would wait out a rate limit; here it is what is looked at.
web.retry_handlers = []
channel = given["channel"]
found = {}


def refusal(call):
    try:
        call()
    except SlackApiError as error:
        response = error.response
        return {
            "error": response["error"],
            "status": response.status_code,
            "retryAfter": response.headers.get("Retry-After"),
        }
    return {"error": "it was not refused"}


def look():
    found["auth"] = web.auth_test()["user_id"]
    found["members"] = [one["id"] for one in web.users_list()["members"]]
    found["info"] = web.users_info(user="U01ADA")["user"]["real_name"]


def talk():
    root = web.chat_postMessage(channel=channel, text="root", metadata={"event_type": "t", "event_payload": {"n": 1}})
    web.chat_postMessage(channel=channel, text="reply", thread_ts=root["ts"])
    web.chat_update(channel=channel, ts=root["ts"], text="edited", blocks=[{"type": "divider"}])
    web.chat_postEphemeral(channel=channel, user="U01ADA", text="for Ada")
    replies = web.conversations_replies(channel=channel, ts=root["ts"], include_all_metadata=True)["messages"]
    found["thread"] = [one["text"] for one in replies]
    found["metadata"] = replies[0]["metadata"]["event_payload"]
    found["pages"] = [[one["text"] for one in page["messages"]] for page in web.conversations_history(channel=channel, limit=1)]
    found["link"] = channel in web.chat_getPermalink(channel=channel, message_ts=root["ts"])["permalink"]
    return root["ts"]


def send_files(root):
    both = web.files_upload_v2(
        file_uploads=[
            {"filename": "report.md", "content": "# as it was", "title": "Report"},
            {"filename": "raw.bin", "content": b"\x00\xff\x00", "title": "Raw"},
        ],
        channel=channel,
        thread_ts=root,
        initial_comment="the report",
    )
    found["files"] = [one["title"] for one in both["files"]]
    shared = web.conversations_replies(channel=channel, ts=root)["messages"][-1]
    found["shared"] = [shared["text"], [one["name"] for one in shared["files"]], [one["url_private"] for one in shared["files"]]]
    found["fileRefusals"] = [
        refusal(lambda: web.files_completeUploadExternal(files=[{"id": "F0NONE"}], channel_id=channel))["error"],
        refusal(lambda: web.files_completeUploadExternal(files=[{"id": both["files"][0]["id"]}], channel_id=channel))["error"],
        refusal(lambda: web.files_getUploadURLExternal(filename="big", length=10**10))["error"],
        refusal(lambda: web.files_getUploadURLExternal(filename="none", length=0))["error"],
    ]


def be_refused():
    stranger = WebClient(token="xoxb-wrong", base_url=given["api"])
    app = WebClient(token=given["appToken"], base_url=given["api"])
    found["refusals"] = [
        refusal(stranger.auth_test)["error"],
        refusal(app.users_list)["error"],
        refusal(lambda: web.apps_connections_open(app_token=given["botToken"]))["error"],
        refusal(lambda: web.chat_postMessage(channel="C0NONE", text="x"))["error"],
        refusal(lambda: web.chat_update(channel=channel, ts="1.000000", text="x"))["error"],
        refusal(lambda: web.chat_postMessage(channel=channel, text="x", thread_ts="1.000000"))["error"],
        refusal(lambda: web.api_call("chat.shout"))["error"],
    ]
    for n in range(20):
        limited = refusal(lambda: web.chat_postMessage(channel=channel, text=f"burst {n}"))
        if limited["error"] != "it was not refused":
            found["limited"] = limited
            return


def listen():
    client = SocketModeClient(app_token=given["appToken"], web_client=web, ping_interval=1)
    got = []
    enough = threading.Event()

    def take(socket, request):
        got.append([request.type, request.payload.get("text"), request.payload["user_id"]])
        socket.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload={"text": f"heard {request.payload['text']}"})
        )
        if len(got) == 2:
            enough.set()

    client.socket_mode_request_listeners.append(take)
    client.connect()
    # Each line from here on is a sign for the other side.
    print("listening", flush=True)
    enough.wait(20)
    client.close()
    found["heard"] = got


look()
root = talk()
send_files(root)
be_refused()
listen()
print(json.dumps(found), flush=True)
