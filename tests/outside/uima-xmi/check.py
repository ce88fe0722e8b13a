"""Reads XMI that Glosse wrote with dkpro-cassis (strict) and with Apache UIMA for Java.

Called as `python check.py GOLDEN.jsonl FOLDER REPORT.json`. The Java reader is used where `java` and the jar of UIMA are
at hand (package libuima-core-java of Debian, or the environment variable UIMA_JAR).
"""

import base64
import os
import shutil
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import compare
from cassis import load_cas_from_xmi, load_typesystem

JAR = os.environ.get("UIMA_JAR", "/usr/share/java/uimaj-core.jar")


def types_beside(path):
    own = path.with_name(f"{path.stem}.TypeSystem.xml")
    return own if own.exists() else path.with_name("TypeSystem.xml")


def with_cassis(path):
    with open(types_beside(path), "rb") as types, open(path, "rb") as xmi:
        return load_cas_from_xmi(xmi, typesystem=load_typesystem(types), lenient=False)


def java_rows(path):
    """The version, and type, begin, end, covered text and label of each annotation, in UTF-16 units as Java counts."""
    reader = Path(__file__).with_name("XmiRead.java")
    command = ["java", "-cp", JAR, str(reader), str(types_beside(path)), str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    decode = lambda cell: base64.b64decode(cell).decode("utf-8")
    release, *lines = answer.stdout.splitlines()
    cells = [line.split("\t") for line in lines]
    rows = [(kind, int(begin), int(end), decode(text), decode(label)) for kind, begin, end, text, label in cells]
    return release, rows


def with_java(path, article):
    """The version of UIMA, how many spans and relations it finds, and how many differ from the golden article."""
    text = article["text"]
    units = lambda count: len(text[:count].encode("utf-16-le")) // 2
    spans, relations = Counter(), Counter()
    release, rows = java_rows(path)
    for kind, begin, end, covered, label in rows:
        if kind == compare.NAMED_ENTITY:
            spans[(label, begin, end, covered)] += 1
        elif kind in ("glosse.Relation", "glosse.Event"):
            relations[label] += 1
    wanted_spans = Counter()
    for span in article["spans"]:
        begin, end = span["fragments"][0][0], span["fragments"][-1][1]
        wanted_spans[(span["label"], units(begin), units(end), text[begin:end])] += 1
    wanted_relations = Counter(relation["label"] for relation in article["relations"])
    count = 0
    for one, other in ((wanted_spans, spans), (wanted_relations, relations)):
        differing = (one - other) + (other - one)
        for item in differing:
            print("  differs:", item, file=sys.stderr)
        count += sum(differing.values())
    return release, sum(spans.values()), sum(relations.values()), count


def main(golden, folder, report):
    articles, lost = compare.load_golden(golden, report)
    paths = compare.files(folder, "xmi")
    total = abs(len(paths) - len(articles))
    spans = relations = count = 0
    for path, article in zip(paths, articles):
        found = compare.found_by_cassis(with_cassis(path))
        spans += sum(found[0].values())
        relations += sum(found[1].values())
        count += compare.differences(article, lost, found)
    name = "uima-xmi"
    total += compare.report(name, "dkpro-cassis", version("dkpro-cassis"), len(paths), spans, relations, count, "strict")
    if shutil.which("java") is None or not Path(JAR).exists():
        print("Java or the jar of UIMA is missing; not read with it", file=sys.stderr)
        return total
    spans = relations = count = 0
    release = ""
    for path, article in zip(paths, articles):
        release, some, links, differing = with_java(path, article)
        spans, relations, count = spans + some, relations + links, count + differing
    explanation = "strict; relations by label"
    return total + compare.report(name, "Apache UIMA Java", release, len(paths), spans, relations, count, explanation)


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:4]) else 0)
