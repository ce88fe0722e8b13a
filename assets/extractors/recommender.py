#!/usr/bin/env python3
"""A small external recommender, as INCEpTION has them, that finds words from a list.

    pip install dkpro-cassis
    python3 recommender.py --word PER=Özdal --word LOC=Quellfurt

It serves on this computer only and prints its address. The article is read and written by cassis, so it is also what the
XMI that Glosse writes is tested with. Use it as a start for a recommender of your own.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

import cassis

PREDICTED = "inception_internal_predicted"
TOKEN = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"


def predict(request, words):
    """The article of the request as XMI, with a prediction for each token that is one of the words."""
    layer, feature = request["metadata"]["layer"], request["metadata"]["feature"]
    typesystem = cassis.load_typesystem(request["typeSystem"])
    cas = cassis.load_cas_from_xmi(request["document"]["xmi"], typesystem)
    Annotation = typesystem.get_type(layer)
    for token in list(cas.select(TOKEN)):
        word = token.get_covered_text()
        if word in words:
            features = {feature: words[word], f"{feature}_score": 0.75, PREDICTED: True}
            features[f"{feature}_score_explanation"] = "word of the list"
            cas.add(Annotation(begin=token.begin, end=token.end, **features))
    return cas.to_xmi()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--word", action="append", default=[], metavar="LABEL=WORD")
    arguments = parser.parse_args()
    words = {word: label for label, word in (entry.split("=", 1) for entry in arguments.word)}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            if not self.path.endswith("/predict"):
                self.send_error(404)
                return
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"document": predict(request, words)}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", arguments.port), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
