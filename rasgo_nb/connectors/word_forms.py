"""What a word in a name means: its number, its spelling, what it is short for or another word for."""

from __future__ import annotations

from functools import lru_cache

# Words that are put before or after a name to say what kind of thing it is.
_PADDING = """dim fct fact facts stg staging raw src int tbl table tables vw view views tmp temp t v f d the
    of a an id ids key keys pk fk sk uid no num number nr nbr code cd name nm desc value val col column data
    info details detail list record records is has flag ref"""
_PREFIXES = "dim fct fact stg staging raw src int tbl table vw view tmp temp t v f d"
PADDING, PREFIXES = frozenset(_PADDING.split()), frozenset(_PREFIXES.split())

# Each line has words of which one may stand for another in a name; the first is what they mean.
_GROUPS = """
    customer cust cus client clients buyer customers
    quantity qty quant qnty
    amount amt amnt
    number num no nbr nr
    address addr adr
    account acct acc
    transaction txn trans trx tx
    department dept dep
    description desc descr dscr
    employee emp empl staff worker
    manager mgr mngr
    product prod prd item
    category cat ctg categ
    organization organisation org
    company comp corp firm
    date dt day
    datetime dttm
    timestamp ts tstamp
    year yr
    month mth mnth mon
    week wk
    hour hr
    minute mins
    second secs
    percent pct perc percentage
    average avg mean
    minimum min
    maximum max
    total tot sum
    count cnt ct
    price cost
    revenue rev turnover
    sale sales
    order ord purchase
    invoice inv bill
    payment pay pmt pymt
    vendor vend supplier
    location loc place
    country ctry nation
    region reg area
    latitude lat
    longitude lon lng long
    telephone tel phone
    message msg
    image img picture pic photo
    language lang
    document doc
    reference ref
    identifier id
    identity ident
    code cd
    name nm title
    first fst
    last lst
    previous prev
    current curr cur
    balance bal
    status stat state sts
    type typ kind
    group grp
    level lvl
    user usr
    password pwd passwd
    created create creation
    updated update modified
    begin start
    end finish stop
    temperature temp
    weight wt
    height ht hgt
    length len
    color colour
    center centre
    license licence
    program programme
    catalog catalogue
    check cheque
    gray grey
    labor labour
    favorite favourite
    behavior behaviour
    honor honour
    traveler traveller
    canceled cancelled
    theater theatre
    meter metre
    defense defence
    enrollment enrolment
    fulfillment fulfilment
    aging ageing
    gender sex
    city town
    person people individual
    student pupil
    teacher instructor
    salary wage
    movie film
    song track
    car vehicle auto
    store shop
    zip postal postcode
    surname lastname
    birthday birthdate dob
    player athlete
    flight flt
    airport apt
    passenger pax
    university univ college
    school sch
    distance dist
    duration dur
    version ver
    configuration config conf cfg
    parameter param
    statistic stats
    government govt gov
    international intl
    national natl
    address addrs
    appointment appt
    apartment apt
    building bldg bld
    facility fac
    service svc serv
    request req
    response resp
    session sess
    source src
    destination dest dst
    target tgt
    original orig
    sequence seq
    position pos
    register reg
    receive recv
    shipment shipping ship
    delivery dlvry
    currency ccy
    market mkt
    segment seg
    subscription sub
    member mbr
    population pop
"""

MEANING: dict[str, str] = {}
for _line in _GROUPS.strip().splitlines():
    _first, *_others = _line.split()
    for _word in (_first, *_others):
        MEANING.setdefault(_word, _first)

_IRREGULAR = {"men": "man", "women": "woman", "children": "child", "people": "person", "indices": "index"}
_BRITISH = (("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ise", "ize"), ("yse", "yze"))


@lru_cache(maxsize=65536)
def meaning_of(word: str) -> str:
    """The word that this one stands for, in the singular and in American spelling."""
    if word in MEANING:
        return MEANING[word]
    single = _singular(word)
    for british, american in _BRITISH:
        if single.endswith(british) and len(single) > len(british) + 2:
            single = single.removesuffix(british) + american
    return MEANING.get(single, single)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
