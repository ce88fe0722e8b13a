"""Reads a graph with networkx and compares it with the golden article.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import networkx


def surface(text, pieces):
    return " ".join(text[start:end] for start, end in pieces)


def is_whole_loss(lost, number, kind):
    return any(loss["annotation"] == number and loss["what"].startswith(kind) for loss in lost)


def main():
    golden, folder, report = sys.argv[1:4]
    articles = {article["id"]: article for article in map(json.loads, Path(golden).read_text("utf-8").splitlines())}
    lost = json.loads(Path(report).read_text("utf-8"))
    (file,) = Path(folder).glob("*.graphml")
    graph = networkx.read_graphml(file, force_multigraph=True)
    found_spans, found_relations, found_entities = Counter(), Counter(), Counter()
    for name, node in graph.nodes(data=True):
        out = list(graph.out_edges(name, data=True))
        if node["kind"] == "mention":
            text = articles[node["article"]]["text"]
            pieces = ((node["start"], node["end"]),)
            if "fragments" in node:
                pieces = tuple(tuple(map(int, piece.split(".."))) for piece in node["fragments"].split(";"))
            entity = [graph.nodes[target]["id"] for _, target, edge in out if edge["kind"] == "names"]
            found_spans[(node["label"], pieces, surface(text, pieces), *entity)] += 1
            found_entities.update(entity)
        elif node["kind"] == "relation":
            own = [(target, edge) for _, target, edge in out if edge["kind"] in ("trigger", "argument")]
            parts = [(edge["label"], int(graph.nodes[target]["id"])) for target, edge in own]
            found_relations[(int(node["id"]), node["label"], tuple(sorted(parts)))] += 1
    for source, target, edge in graph.edges(data=True):
        if edge["kind"] == "relation":
            ends = [(edge["subject_role"], source), (edge["object_role"], target)]
            parts = tuple(sorted((role, int(graph.nodes[name]["id"])) for role, name in ends))
            found_relations[(int(edge["id"]), edge["label"], parts)] += 1
    wanted_spans, wanted_relations = Counter(), Counter()
    for article in articles.values():
        here = [loss for loss in lost if loss["article"] == article["id"]]
        for span in article["spans"]:
            if not is_whole_loss(here, span["id"], "span "):
                pieces = tuple(tuple(piece) for piece in span["fragments"])
                entity = [span["entity"]] if "entity" in span else []
                wanted_spans[(span["label"], pieces, surface(article["text"], pieces), *entity)] += 1
        for relation in article["relations"]:
            if not is_whole_loss(here, relation["id"], "relation "):
                parts = [(argument["role"], argument["target"]) for argument in relation["arguments"]]
                if relation.get("trigger") is not None:
                    parts.append(("trigger", relation["trigger"]))
                wanted_relations[(relation["id"], relation["label"], tuple(sorted(parts)))] += 1
    wrong = [found_spans - wanted_spans, wanted_spans - found_spans]
    wrong += [found_relations - wanted_relations, wanted_relations - found_relations]
    differences = sum(sum(one.values()) for one in wrong)
    said = "; ".join(str(dict(one)) for one in wrong if one)
    said = said or f"{graph.number_of_nodes()} nodes, {graph.number_of_edges()} edges"
    numbers = [len(articles), sum(found_spans.values()), sum(found_relations.values()), differences]
    print("\t".join(["graphml", "networkx", version("networkx"), *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
