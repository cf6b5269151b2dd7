#!/usr/bin/env python3
"""Serves this folder's page and a model on this machine: python3 serve.py colour.onnx, then open the address it prints."""
import argparse
import functools
import http.server
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
RUNTIME = os.path.join(FOLDER, "node_modules", "onnxruntime-web", "dist")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of FOLDER, but /model.onnx is the model and /ort/ is onnxruntime-web."""
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript",
                      ".mjs": "text/javascript", ".wasm": "application/wasm", ".onnx": "application/octet-stream"}

    def __init__(self, *args, model, runtime, **options):
        self.model, self.runtime = model, runtime
        super().__init__(*args, directory=FOLDER, **options)

    def translate_path(self, path):
        inside = os.path.relpath(super().translate_path(path), FOLDER)
        if inside == "model.onnx":
            return self.model
        top, _, rest = inside.partition(os.sep)
        return os.path.join(self.runtime, rest) if top == "ort" else os.path.join(FOLDER, inside)

    def end_headers(self):
        # A page that is isolated from others may use threads; a model that was exported again is read again.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_):
        pass


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="what `gan export CHECKPOINT -o colour.onnx` wrote")
    parser.add_argument("--port", type=int, default=8000, help="0 chooses a free one; default: %(default)s")
    parser.add_argument("--runtime", default=RUNTIME, help="folder of onnxruntime-web's files; default: of npm install")
    return parser.parse_args()


def main():
    given = arguments()
    if not os.path.isfile(given.model):
        sys.exit(f"There is no model '{given.model}': export one with `gan export CHECKPOINT -o {given.model}`.")
    if not os.path.isdir(given.runtime):
        sys.exit(f"There is no onnxruntime-web in '{given.runtime}': run `npm install` in {FOLDER}.")
    handler = functools.partial(Handler, model=os.path.abspath(given.model), runtime=os.path.abspath(given.runtime))
    with http.server.ThreadingHTTPServer(("127.0.0.1", given.port), handler) as server:
        print(f"http://localhost:{server.server_port}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


main()
