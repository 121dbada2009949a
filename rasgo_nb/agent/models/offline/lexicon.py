"""General English words: what they abbreviate, what else they mean, what they ask for."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def listed(text: str, bar: str = " ") -> list[str]:
    """The parts of a text between bars."""
    return text.split(bar)


IRREGULAR = {
    "people": "person", "persons": "person", "men": "man", "women": "woman", "children": "child",
    "feet": "foot", "criteria": "criterion", "series": "series", "species": "species", "status": "status",
    "statuses": "status", "data": "data", "staff": "staff", "address": "address", "addresses": "address",
    "movies": "movie", "cookies": "cookie", "buses": "bus", "wives": "wife", "lives": "life",
    "shelves": "shelf", "sales": "sale", "news": "news", "courses": "course", "does": "do", "has": "has",
    "aged": "age", "was": "was", "this": "this", "its": "its", "aircrafts": "aircraft", "campuses": "campus",
}  # fmt: skip

# An identifier's short form and the words that it stands for.
ABBREVIATIONS: dict[str, frozenset[str]] = {
    short: frozenset(full.split())
    for short, full in {
        "dep": "departure depart department", "arr": "arrival arrive", "qty": "quantity", "avg": "average",
        "amt": "amount", "num": "number", "no": "number", "nbr": "number", "cnt": "count",
        "desc": "description",
        "descr": "description", "addr": "address", "dest": "destination", "dst": "destination",
        "src": "source", "dept": "department", "emp": "employee", "cust": "customer", "prod": "product",
        "cat": "category", "mgr": "manager", "yr": "year", "mon": "month", "lat": "latitude",
        "lng": "longitude",
        "lon": "longitude", "long": "longitude", "pct": "percent percentage", "temp": "temperature",
        "tel": "telephone phone", "ph": "phone", "sal": "salary", "stu": "student", "pop": "population",
        "lang": "language", "org": "organization organisation", "tot": "total", "max": "maximum",
        "min": "minimum", "dob": "birthdate birthday", "hq": "headquarter", "acct": "account",
        "acc": "account",
        "trans": "transaction", "inv": "invoice inventory", "msg": "message", "img": "image",
        "loc": "location",
        "attr": "attribute", "val": "value", "ref": "reference", "doc": "document", "info": "information",
        "mfg": "manufacturing", "mfr": "manufacturer", "pos": "position", "dist": "distance district",
        "dur": "duration", "ht": "height", "wt": "weight", "apt": "apartment", "bldg": "building",
        "ct": "count",
        "crs": "course", "prof": "professor", "fac": "faculty", "ins": "instructor", "gpa": "grade",
        "rev": "revenue", "ts": "timestamp time", "id": "identifier ids", "cred": "credit", "tz": "timezone",
        "wk": "week", "hr": "hour", "secs": "second", "mins": "minute", "lbs": "pound", "cd": "code",
        "nm": "name", "dt": "date", "st": "street state", "ctry": "country",
    }.items()
}  # fmt: skip

_GROUPS = """
person human individual people
customer client buyer
employee staff worker personnel
salary pay wage earning compensation
sex gender
price cost charge fee
phone telephone cellphone
country nation nationality
city town
location place venue
movie film
song track
student pupil
teacher instructor
company firm business corporation enterprise
car vehicle automobile
start begin beginning from
end finish ending to
kind type category class
id identifier
email mail
birthday birthdate birth
revenue sale turnover income
quantity amount number
carrier airline
order purchase
product item good article
shop store
zip postal postcode
point score
boss manager head supervisor
ship vessel boat
plane aircraft airplane
author writer
doctor physician
description detail
headquarter headquarters
capacity size
date time day
result outcome
language tongue
surname lastname
forename firstname
duration length
rate rating
state province
county district
hotel inn
title name
mark grade
job occupation profession
college university school
neighborhood neighbourhood
color colour
organization organisation
center centre
dish meal
flight trip
destination arrival
origin departure source
depart departure
arrive arrival
created creation
altitude elevation
resident population
revenue amount total
founded establish founding
role position
code symbol
""".strip()

SYNONYMS: dict[str, frozenset[str]] = {}
for _line in _GROUPS.splitlines():
    for _word in _line.split():
        SYNONYMS[_word] = SYNONYMS.get(_word, frozenset()) | (frozenset(_line.split()) - {_word})

# What an adjective measures: the words of a column, and whether its most has the high values.
MEASURES: dict[str, tuple[str, bool]] = {
    "old": ("age|date of birth|birth date|birthday|birth year|founded|built|opening year|year|date", True),
    "young": ("age|date of birth|birth date|birthday|birth year", False),
    "tall": ("height|elevation", True), "short": ("height|length|duration|distance|time", False),
    "long": ("length|duration|distance|time|period|runtime", True),
    "high": ("height|elevation|altitude|score|price|rating", True),
    "low": ("elevation|altitude|score|price|rating", False),
    "heavy": ("weight|mass", True), "light": ("weight|mass", False),
    "large": ("size|area|population|capacity|square feet|enrollment|amount|number", True),
    "big": ("size|area|population|capacity|square feet|amount|number", True),
    "small": ("size|area|population|capacity|square feet|amount|number", False),
    "expensive": ("price|cost|fee|rate", True), "cheap": ("price|cost|fee|rate", False),
    "recent": ("date|year|time|timestamp", True), "late": ("date|year|time|timestamp", True),
    "new": ("date|year|built|founded|time", True), "latest": ("date|year|time|timestamp", True),
    "early": ("date|year|time|timestamp", False), "earliest": ("date|year|time|timestamp", False),
    "fast": ("speed|velocity|time", True), "slow": ("speed|velocity", False),
    "rich": ("net worth|money|income|wealth|balance", True), "poor": ("net worth|money|income", False),
    "strong": ("strength|power", True), "deep": ("depth", True), "wide": ("width", True),
    "good": ("score|rating|rank|grade", True), "bad": ("score|rating|grade", False),
    "senior": ("age|hire date", True), "crowded": ("population|density", True),
    "populous": ("population", True), "populated": ("population", True), "paid": ("salary|pay", True),
}  # fmt: skip

SUPERLATIVES: dict[str, str] = {
    "oldest": "old", "eldest": "old", "youngest": "young", "tallest": "tall", "shortest": "short",
    "longest": "long", "highest": "high", "lowest": "low", "heaviest": "heavy", "lightest": "light",
    "largest": "large", "biggest": "big", "smallest": "small", "cheapest": "cheap", "latest": "latest",
    "newest": "new", "earliest": "earliest", "fastest": "fast", "slowest": "slow", "richest": "rich",
    "poorest": "poor", "strongest": "strong", "deepest": "deep", "widest": "wide", "best": "good",
    "worst": "bad",
}  # fmt: skip
COMPARATIVES: dict[str, str] = {
    "older": "old", "younger": "young", "taller": "tall", "shorter": "short", "longer": "long",
    "heavier": "heavy", "lighter": "light", "larger": "large", "bigger": "big", "smaller": "small",
    "cheaper": "cheap", "newer": "new", "faster": "fast", "slower": "slow", "richer": "rich",
    "higher": "high",
    "lower": "low",
}  # fmt: skip

HIGH = words_of("most highest largest biggest greatest maximum max best top longest latest")
LOW = words_of("least fewest lowest smallest minimum min worst bottom fewer shortest earliest")

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        listed(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
        )
    )
} | {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
}

MONTHS = {
    word: number
    for number, names in enumerate(
        listed(
            "january jan|"
            "february feb|"
            "march mar|"
            "april apr|"
            "may|"
            "june jun|"
            "july jul|"
            "august aug|"
            "september sep sept|"
            "october oct|"
            "november nov|"
            "december dec",
            bar="|",
        ),
        1,
    )
    for word in names.split()
}

AGGREGATES = {
    "average": "avg", "avg": "avg", "mean": "avg", "averaged": "avg", "total": "sum", "sum": "sum",
    "summed": "sum", "combined": "sum", "overall": "sum", "maximum": "max", "max": "max",
    "maximal": "max", "minimum": "min",
    "min": "min", "minimal": "min", "median": "median",
}  # fmt: skip

WEEKDAYS = words_of("monday tuesday wednesday thursday friday saturday sunday")

# What is money, and so adds up.
AMOUNTS = words_of("revenue revenues sales turnover income profit profits spend spending")

# Words that ask or connect; alone they never mean a column or a table.
STOP = words_of(
    "a an the of in on at to for from by with without and or not no nor is are was were be "
    "been being am do does did done has have had having what which who whom whose when where "
    "why how many much show list find give return tell display get count compute calculate "
    "please me us we you i it its their his her them they he she that this these those there "
    "here all any each every per also both either neither than then as if so such some other "
    "another different distinct unique number total average mean sum maximum minimum max min "
    "most least more less fewer highest lowest largest smallest greatest biggest best worst "
    "top bottom oldest youngest longest shortest ascending descending asc desc order ordered "
    "sorted sort alphabetical alphabetically first last above below over under between after "
    "before during since until contain contains containing start starts starting end ends "
    "ending begin begins named called equal exactly only ever never can could would should "
    "will may might must use used using belong belongs make made take taken one two three "
    "four five six seven eight nine ten s t only just along together respective respectively "
    "corresponding associated related whole entire information record records info details "
    "same common popular frequent frequently often times time least out up down into about "
    "across among within against"
)

# Words of questions that change nothing, or that a rule reads without a mention.
_COMMON = words_of(
    "share percentage percent proportion fraction trend monthly yearly annual daily weekly "
    "quarterly period according based terms words word letter string substring prefix suffix "
    "value values kind kinds sort report select search look give compare versus against "
    "broken grouped group split ranking rank ranked located live lives living come comes came "
    "work works working belong owned owns held hold holds born people person thing things "
    "item items there their whether back well even still already once twice currently ever "
    "exist exists existing available exactly respectively include including included "
    "regardless whatever whichever order results result answer question query database table "
    "data dataset never none nobody except excluding other than null missing empty known "
    "unknown years months days hours minutes weeks quarters year month week day quarter went "
    "goes gone going took takes taken gets getting receive received receives weekday quarter hour "
    "minute flew fly flown travel travelled traveled worse better worsened improved improve deteriorated "
    "grew grown increased decreased declined "
    "rose fell dropped gained listed retrieve regarding provide involved types type kinds respective "
    "members member numbers corresponds correspond spent side participate participated participating"
)


def is_known_word(word: str) -> bool:
    """True for words that the rules read, or that leave a question's meaning as it is."""
    known = (STOP, _COMMON, AGGREGATES, SUPERLATIVES, COMPARATIVES, MEASURES, HIGH, LOW, NUMBER_WORDS)
    return any(word in words for words in known)
