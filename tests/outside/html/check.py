"""Reads a review page with html5lib and proves that no script came in and nothing is loaded from elsewhere.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import html5lib

HTML = "{http://www.w3.org/1999/xhtml}"
LOADING = {"src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "srcdoc"}
FORBIDDEN = {"script", "iframe", "object", "embed", "link", "base", "img", "svg", "form", "input", "button", "video"}


def surface(text, span):
    return " ".join(text[start:end] for start, end in span["fragments"])


def text_of(element, is_label):
    """The text of the article without the labels behind its spans."""
    text = element.text or ""
    for child in element:
        text += "" if is_label(child) else text_of(child, is_label)
        text += child.tail or ""
    return text


def main():
    golden, folder, _ = sys.argv[1:4]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    (file,) = Path(folder).glob("*.html")
    root = html5lib.parse(file.read_text("utf-8"))
    differences, said = 0, []
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    for element in root.iter():
        tag = element.tag.removeprefix(HTML) if isinstance(element.tag, str) else "comment"
        bad = [name for name in element.attrib if name.startswith("on") or name in LOADING]
        href = element.get("href", "")
        if href and not (href.startswith(("http://", "https://")) or href.startswith("#") and href[1:] in ids):
            bad.append("href")
        if "url(" in (element.text or "") and tag == "style" or "url(" in element.get("style", ""):
            bad.append("style")
        if tag in FORBIDDEN or bad:
            differences += 1
            said.append(f"<{tag} {bad}>")
    policy = [meta.get("content") for meta in root.iter(f"{HTML}meta") if meta.get("http-equiv")]
    differences += policy != ["default-src 'none'; style-src 'unsafe-inline'"]
    shown = [element for element in root.iter(f"{HTML}div") if element.get("class") == "text"]
    differences += len(shown) != len(articles)
    spans = relations = 0
    for article, element in zip(articles, shown):
        text = text_of(element, lambda child: "tag" in (child.get("class") or "").split())
        differences += text.split() != article["text"].split()
    for article, element in zip(articles, root.iter(f"{HTML}article")):
        rows = list(element.iter(f"{HTML}tr"))[1:]
        words = sorted(" ".join("".join(row[1].itertext()).split()) for row in rows)
        wanted = (surface(article["text"], span).split() for span in article["spans"])
        wanted = sorted(" ".join(one) or f"({span['label']})" for one, span in zip(wanted, article["spans"]))
        differences += words != wanted
        listed = [one for one in element.iter(f"{HTML}ul") if one.get("class") == "relations"]
        count = sum(len(one) for one in listed)
        differences += count != len(article["relations"])
        spans += len(rows)
        relations += count
    numbers = [len(shown), spans, relations, differences]
    said = "; ".join(said) or "no script, nothing loaded, text as it was"
    print("\t".join(["html", "html5lib", version("html5lib"), *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
