"""Whom a server tells: a webhook whose signatures others verify, or a mail server of others. Prints its port, and then writes a
JSON document a line into OUT for whatever arrives. What it answers stands in the file ANSWER, and may change.

    receiver.py webhook OUT ANSWER SECRET...
    receiver.py smtp OUT ANSWER [CERTIFICATE KEY USER PASSWORD]
"""

import email
import email.policy
import http.server
import json
import ssl
import sys
import threading


def answer(path, default):
    try:
        with open(path) as file:
            return file.read().strip() or default
    except FileNotFoundError:
        return default


def write(out, document):
    with open(out, "a") as file:
        file.write(json.dumps(document) + "\n")


def webhook(out, answers, *secrets):
    from standardwebhooks import Webhook, WebhookVerificationError

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            verified = []
            for secret in secrets:
                try:
                    Webhook(secret).verify(body, headers)
                    verified.append(True)
                except WebhookVerificationError:
                    verified.append(False)
            write(out, {"id": headers["webhook-id"], "verified": verified, "type": headers["content-type"],
                        "body": json.loads(body)})
            self.send_response(int(answer(answers, "204")))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def smtp(out, answers, *tls):
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            said = answer(answers, "250 taken")
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            write(out, {
                "from": envelope.mail_from, "to": envelope.rcpt_tos, "said": said,
                "tls": session.ssl is not None, "user": session.authenticated and session.auth_data.login.decode(),
                "headers": [[name, str(value)] for name, value in mail.items()],
                "parts": [part.get_content_type() for part in mail.walk()], "text": mail.get_content(),
            })
            return said

    options = {}
    if tls:
        certificate, key, user, password = tls
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)

        def authenticate(server, session, envelope, mechanism, data):
            return AuthResult(success=(data.login.decode(), data.password.decode()) == (user, password), auth_data=data)

        options = dict(tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate)

    class Fixed(Controller):
        def factory(self):
            return SMTP(self.handler, hostname="localhost", **options)

    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Fixed(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    print(port, flush=True)
    threading.Event().wait()


{"webhook": webhook, "smtp": smtp}[sys.argv[1]](*sys.argv[2:])
