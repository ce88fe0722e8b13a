"""Renders review pages with markdown-it, raw HTML let through, and proves with html5lib that none came in.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

import html5lib
from markdown_it import MarkdownIt

HTML = "{http://www.w3.org/1999/xhtml}"
ALLOWED = {"html", "head", "body", "h1", "h2", "ul", "li", "p", "a", "br", "blockquote"}
ALLOWED |= {"table", "thead", "tbody", "tr", "th", "td"}


def surface(text, span):
    return " ".join(text[start:end] for start, end in span["fragments"])


def words(text):
    return text.split()


def main():
    golden, folder, _ = sys.argv[1:4]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    files = sorted(Path(folder).rglob("*.md"))
    differences, said, spans, relations = abs(len(files) - len(articles)), [], 0, 0
    render = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    for article, file in zip(articles, files):
        root = html5lib.parse(render.render(file.read_text("utf-8")))
        for element in root.iter():
            tag = element.tag.removeprefix(HTML) if isinstance(element.tag, str) else "comment"
            bad = [name for name in element.attrib if tag != "a" or name != "href"]
            if tag == "a" and not re.match("https?://", element.get("href", "")):
                bad.append("href")
            if tag not in ALLOWED or [name for name in bad if (tag, name) not in {("td", "style"), ("th", "style")}]:
                differences += 1
                said.append(f"<{tag} {bad}>")
        text = "".join(root.find(f".//{HTML}blockquote").itertext())
        text = re.sub(r"⟦|⟧\([^)]*\)", "", text)
        differences += words(text) != words(article["text"])
        tables = {}
        for table in root.iter(f"{HTML}table"):
            head, *rows = [["".join(cell.itertext()) for cell in row] for row in table.iter(f"{HTML}tr")]
            tables[tuple(head[:2])] = rows
        found = [(int(row[0]), row[1], words(row[2])) for row in tables[("Id", "Label")]]
        wanted = [(span["id"], span["label"], words(surface(article["text"], span))) for span in article["spans"]]
        differences += sorted(found) != sorted(wanted)
        found_relations = sorted((int(row[0]), row[1]) for row in tables[("Id", "Relation")])
        differences += found_relations != sorted((relation["id"], relation["label"]) for relation in article["relations"])
        spans += len(found)
        relations += len(found_relations)
    numbers = [len(files), spans, relations, differences]
    said = "; ".join(said) or "no script, no foreign element, text as it was"
    reader = f"{version('markdown-it-py')} and html5lib {version('html5lib')}"
    print("\t".join(["markdown-review", "markdown-it-py", reader, *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
