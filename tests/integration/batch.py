#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The answers of `dunlin replay --out DIR`, computed by a plain batch.

    batch.py --out DIR [--places FILE] [--clean-min 80] [--clean-cutoff 0.005]
             [--clean-evidence all|other-strings] FILE|FOLDER...
    batch.py            checks itself

It shares nothing with the program: everything is kept, nothing is incremental, the
distance is Vincenty's.  Places come from --places alone, and there is no sentiment:
its fields are left out.  Read from top to bottom it says what an answer is.

Where the definitions leave a choice, this is the one made here:
  * `version` stands at the top of a line, or in the tweet of an X v2 line.
  * Locations are trimmed before they are compared.
  * Numbers (counts, ids, times) of equal version and time: the greater number wins.
  * A reference without a type makes a retweet of a text that begins with "RT @",
    else a reply: something is referenced.
  * A list of references that is there says of all three kinds which it is.
  * A user object with nothing but an id is no profile.
  * Once a tweet's own line has come, only own lines' counts weigh.
  * `deleted` counts ids with a delete notice, those undeleted since included.
  * A deleted tweet is in no minute.
  * other-strings: a response between equal strings counts in n, never as close.
"""
import argparse
import bz2
import collections
import datetime
import decimal
import fractions
import gzip
import json
import math
import os
import sys

TWITTER_EPOCH_MS = 1142899200000
WHITE_SPACE = "".join(map(chr, [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
                                0x2028, 0x2029, 0x202F, 0x205F, 0x3000]))
MAP_POINT_AREA_MAX = 10
CLOSE_KM, MEDIUM_KM = 200, 2000


# ---- Values ----

def read_id(*values):
    """The first of the values that is an id: digits, or a number, or a rounded float."""
    for value in values:
        if isinstance(value, str) and value.isascii() and value.isdigit() and int(value) > 0:
            return int(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            return int(value)
    return None


def read_count(value):
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        return None
    return max(int(value or 0), 0)


MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def read_ms(value):
    """Milliseconds since 1970 of v1.1's notation, RFC 3339, or a number of them."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdigit():
        return int(value)
    parts = value.split(" ")
    try:
        if len(parts) == 6 and parts[1] in MONTHS:
            hour, minute, second = map(int, parts[3].split(":"))
            moment = datetime.datetime(int(parts[5]), MONTHS.index(parts[1]) + 1, int(parts[2]), hour,
                                       minute, min(second, 59), tzinfo=datetime.timezone.utc)
            zone = parts[4]
            offset = int(zone[1:3]) * 60 + int(zone[3:5])
            moment -= datetime.timedelta(minutes=-offset if zone[0] == "-" else offset)
        else:
            text = value.replace(":60", ":59").replace("Z", "+00:00")
            head, dot, tail = text.partition(".")
            if dot:
                digits = tail[:len(tail) - len(tail.lstrip("0123456789"))]
                text = f"{head}.{digits[:3]:0<3}{tail[len(digits):]}"
            moment = datetime.datetime.fromisoformat(text)
            if moment.tzinfo is None:
                return None
    except (ValueError, IndexError):
        return None
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (moment - epoch) // datetime.timedelta(milliseconds=1)


def write_ms(ms):
    if ms is None:
        return None
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds") + "Z"


def repaired_text(value, found):
    """U+FFFD for each half of a pair that stands alone, and for NUL."""
    bad = [c for c in value if 0xD800 <= ord(c) < 0xE000 or c == "\0"]
    if not bad:
        return value
    found.add("nul_escape" if "\0" in bad else "lone_surrogate")
    return "".join("\uFFFD" if 0xD800 <= ord(c) < 0xE000 or c == "\0" else c for c in value)


def repaired(value, found):
    if isinstance(value, str):
        return repaired_text(value, found)
    if isinstance(value, list):
        return [repaired(v, found) for v in value]
    if isinstance(value, dict):
        return {repaired_text(k, found): repaired(v, found) for k, v in value.items()}
    return value


# ---- What the lines say ----

class Newest:
    """Per id and field the value of the highest (version, time, value)."""

    def __init__(self):
        self.rows = collections.defaultdict(dict)

    def put(self, key, field, rank, value):
        order = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        old = self.rows[key].get(field)
        if old is None or (rank, order) > old[0]:
            self.rows[key][field] = ((rank, order), value)

    def get(self, key, field, default=None):
        found = self.rows.get(key, {}).get(field)
        return default if found is None else found[1]


class Rejected(Exception):
    pass


class Conversation:
    def __init__(self, now_ms):
        self.now_ms = now_ms
        self.tweets = Newest()
        self.users = Newest()
        self.heard = set()
        self.known = set()
        self.deleted_ms, self.undeleted_ms = {}, {}
        self.outcomes = collections.Counter()
        self.reasons = {kind: collections.Counter() for kind in ("ignored", "rejected", "repaired")}

    # -- Items --

    def count(self, outcome, reason=None):
        self.outcomes[outcome] += 1
        if reason:
            self.reasons[outcome][reason] += 1

    def read_line(self, line):
        if not line.strip(b" \t\r\n"):
            return self.count("ignored", "blank")
        try:
            text, found = line.decode("utf-8"), set()
        except UnicodeDecodeError:
            text, found = line.decode("utf-8", "replace"), {"invalid_utf8"}
        try:
            value = json.loads(text, parse_constant=bad_constant, parse_int=int64, parse_float=finite)
        except (ValueError, RecursionError):
            return self.count("rejected", "invalid_json")
        return self.read_value(repaired(value, found), found)

    def read_value(self, value, found=()):
        if isinstance(value, dict) and isinstance(value.get("statuses"), list):
            value = value["statuses"]
        if not isinstance(value, list):
            return self.read_item(value, found)
        if not value:
            return self.count("ignored", "empty_array")
        for element in value:
            self.read_item(element, found)

    def read_item(self, item, found):
        if not isinstance(item, dict):
            return self.count("rejected", "not_an_object")
        try:
            ignored = self.read_object(item)
        except Rejected as why:
            return self.count("rejected", str(why))
        if ignored:
            self.count("ignored", ignored)
        elif found:
            self.count("repaired", sorted(found)[0])
        else:
            self.count("accepted")

    def read_object(self, item):
        """The reason when the object is ignored; None when it is accepted."""
        for key in ("data", "tweet", "post"):
            if isinstance(item.get(key), (dict, list) if key == "data" else dict):
                return self.read_v2(item, item[key])
        if "author_id" in item and "user" not in item:
            return self.read_v2(item, item)
        if "user" in item and ("id" in item or "id_str" in item or "text" in item or "full_text" in item):
            return self.read_v1(item)
        return self.read_notice(item)

    def check_time(self, ms):
        if ms is not None and ms < TWITTER_EPOCH_MS:
            raise Rejected("time_too_early")
        if ms is not None and ms > self.now_ms + 600000:
            raise Rejected("time_too_late")
        return ms

    # -- v1.1 --

    def read_v1(self, item):
        if read_id(item.get("id_str"), item.get("id")) is None:
            raise Rejected("no_id")
        created = self.check_time(read_ms(item.get("created_at")))
        stamp = self.check_time(read_ms(item.get("timestamp_ms")))
        observed = stamp if stamp is not None else created or 0
        self.read_v1_tweet(item, version_of(item), observed, True)

    def read_v1_tweet(self, t, version, observed, heard):
        tweet_id = read_id(t.get("id_str"), t.get("id"))
        if tweet_id is None:
            return None
        rank = (version, observed)
        user = t.get("user") if isinstance(t.get("user"), dict) else {}
        self.read_user(user, rank)
        fields = {"author": read_id(user.get("id_str"), user.get("id")), "created": read_ms(t.get("created_at"))}
        extended = t.get("extended_tweet") if isinstance(t.get("extended_tweet"), dict) else {}
        for text in (extended.get("full_text"), t.get("full_text"), t.get("text")):
            if isinstance(text, str):
                fields.setdefault("text", text)
        for field, name in (("reply", "in_reply_to_status_id"), ("quote", "quoted_status_id")):
            if name in t or name + "_str" in t:
                fields[field] = read_id(t.get(name + "_str"), t.get(name)) or 0
        if "retweeted_status" in t:
            original = t["retweeted_status"] if isinstance(t["retweeted_status"], dict) else {}
            fields["retweet"] = read_id(original.get("id_str"), original.get("id")) or 0
        self.put_tweet(tweet_id, rank, heard, fields,
                       read_counts(user, "followers_count", "statuses_count"))
        for name in ("retweeted_status", "quoted_status"):
            if isinstance(t.get(name), dict):
                self.read_v1_tweet(t[name], version, observed, False)

    # -- X v2, and the demo's lines --

    def read_v2(self, item, data):
        tweets = data if isinstance(data, list) else [data]
        if not tweets:
            return "empty_array"
        tweets = [t for t in tweets if isinstance(t, dict)] or [{}]
        if not any("text" in t or "author_id" in t for t in tweets):
            return "unknown" if any("id" in t for t in tweets) else self.read_notice(tweets[0])
        if not any(read_id(t.get("id")) for t in tweets):
            raise Rejected("no_id")
        times = [self.check_time(read_ms(t.get("created_at"))) for t in tweets]
        observed = max((ms for ms in times if ms is not None), default=0)
        includes = item.get("includes") if isinstance(item.get("includes"), dict) else {}
        version = version_of(item) or version_of(tweets[0])
        users = [u for u in includes.get("users") or [] if isinstance(u, dict)]
        for user in users:
            self.read_user(user, (version, observed))
        by_id = {read_id(u.get("id")): u for u in reversed(users)}
        for t in tweets:
            self.read_v2_tweet(t, (version, observed), True, by_id)
        for t in (includes.get("tweets") or []) + (includes.get("posts") or []):
            if isinstance(t, dict):
                self.read_v2_tweet(t, (version, observed), False, by_id)

    def read_v2_tweet(self, t, rank, heard, users):
        tweet_id = read_id(t.get("id"))
        if tweet_id is None:
            return
        author = read_id(t.get("author_id"))
        user = users.get(author, {})
        if isinstance(t.get("author"), dict):
            user = t["author"]
            self.read_user(user, rank)
        fields = {"author": author, "created": read_ms(t.get("created_at"))}
        note = t.get("note_tweet") or t.get("note_post")
        for text in (note.get("text") if isinstance(note, dict) else None, t.get("text")):
            if isinstance(text, str):
                fields.setdefault("text", text)
        name = "referenced_tweets" if "referenced_tweets" in t else "referenced_posts"
        if name in t:
            fields.update(retweet=0, reply=0, quote=0)
            for reference in t[name] or []:
                self.read_reference(reference, fields, rank, users)
        metrics = user.get("public_metrics") if isinstance(user.get("public_metrics"), dict) else {}
        posts = "tweet_count" if "tweet_count" in metrics else "post_count"
        self.put_tweet(tweet_id, rank, heard, fields, read_counts(metrics, "followers_count", posts))

    def read_reference(self, reference, fields, rank, users):
        if not isinstance(reference, dict):
            return
        kind = reference.get("type")
        if kind is None:
            kind = "retweeted" if fields.get("text", "").startswith("RT @") else "replied_to"
        field = {"retweeted": "retweet", "reposted": "retweet", "replied_to": "reply", "quoted": "quote"}.get(kind)
        if field and not fields[field]:
            fields[field] = read_id(reference.get("id")) or 0
        if "text" in reference or "author_id" in reference:
            self.read_v2_tweet(reference, rank, False, users)

    # -- Both --

    def put_tweet(self, tweet_id, rank, heard, fields, counts):
        self.known.add(tweet_id)
        if heard:
            self.heard.add(tweet_id)
        for field, value in fields.items():
            if value is not None:
                self.tweets.put(tweet_id, field, rank, value)
        for field, value in counts.items():
            self.tweets.put(tweet_id, ("own " if heard else "embedded ") + field, rank, value)

    def read_user(self, user, rank):
        user_id = read_id(user.get("id_str"), user.get("id"))
        if user_id is None:
            return
        for field in ("name", "username", "screen_name", "location", "lang"):
            if field in user and isinstance(user[field], (str, type(None))):
                to = "username" if field == "screen_name" else field
                value = user[field] or ""
                self.users.put(user_id, to, rank, value.strip(WHITE_SPACE) if field == "location" else value)
        metrics = user.get("public_metrics") if isinstance(user.get("public_metrics"), dict) else {}
        for source, fields in ((user, ("followers_count", "statuses_count")),
                               (metrics, ("followers_count", "tweet_count", "post_count"))):
            for field in fields:
                if field in source and read_count(source[field]) is not None:
                    self.users.put(user_id, "has counts", rank, 1)

    def read_notice(self, item):
        for key, reason in (("delete", "delete"), ("undelete", "compliance"), ("drop", "compliance"),
                            ("undrop", "compliance")):
            if key in item:
                body = item[key] if isinstance(item[key], dict) else {}
                target = next((body[k] for k in ("status", "tweet", "post") if isinstance(body.get(k), dict)), {})
                tweet_id = read_id(target.get("id_str"), target.get("id"))
                if tweet_id is None:
                    raise Rejected("no_id")
                stamps = (body.get("timestamp_ms"), body.get("event_at"), item.get("timestamp_ms"))
                ms = next((m for m in map(read_ms, stamps) if m is not None), None)
                self.check_time(ms)
                times = self.undeleted_ms if key.startswith("und") else self.deleted_ms
                times[tweet_id] = max(ms or 0, times.get(tweet_id, 0))
                return reason
        for key in ("scrub_geo", "limit", "status_withheld", "user_withheld", "disconnect", "warning", "errors"):
            if key in item:
                return key
        compliance = ("withheld", "tweet_edit", "post_edit", "action")
        if any(key in item for key in compliance) or any(key.startswith("user_") for key in item):
            return "compliance"
        return "unknown"

    def is_deleted(self, tweet_id):
        return tweet_id in self.deleted_ms and \
            self.undeleted_ms.get(tweet_id, -1) <= self.deleted_ms[tweet_id]


def bad_constant(name):
    raise ValueError(name)


def int64(digits):
    if not -2**63 <= int(digits) < 2**63:
        raise ValueError(digits)
    return int(digits)


def finite(digits):
    if not math.isfinite(float(digits)):
        raise ValueError(digits)
    return float(digits)


def version_of(item):
    version = item.get("version")
    return version if isinstance(version, int) and not isinstance(version, bool) else 0


def read_counts(source, followers, tweets):
    counts = {"followers": source.get(followers), "tweets": source.get(tweets)}
    return {name: read_count(value) for name, value in counts.items()
            if value is not None and read_count(value) is not None}


def read_bytes(path):
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    return bz2.decompress(data) if data[:3] == b"BZh" else data


def read_file(conversation, path):
    """JSON Lines, unless the first line is no JSON but the whole is."""
    data = read_bytes(path)
    lines = data.split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    first = next((line for line in lines if line.strip()), b"")
    try:
        json.loads(first.decode("utf-8", "replace"))
    except ValueError:
        try:
            found = set()
            return conversation.read_value(repaired(json.loads(data.decode("utf-8", "replace")), found), found)
        except ValueError:
            pass
    for line in lines:
        conversation.read_line(line)


# ---- Places and distances ----

class Places:
    """What --places says: trimmed string -> ((lat, lon) in 1e-7 degree, is it a map point)."""

    def __init__(self, path=None):
        self.of, self.names = {}, {}
        lines = read_bytes(path).split(b"\n") if path else []
        for line in lines:
            if not line.strip(b"\r\n"):
                continue
            string, lat, lon, area = line.decode("utf-8", "surrogateescape").rstrip("\r").rsplit("\t", 3)
            string = string.strip(WHITE_SPACE)
            at = tuple(int((decimal.Decimal(v.strip()) * 10**7).to_integral_value(decimal.ROUND_HALF_UP))
                       for v in (lat, lon))
            self.of[string] = (at, decimal.Decimal(area.strip()) <= MAP_POINT_AREA_MAX)
            self.names[at] = min(self.names.get(at, string), string, key=to_bytes)


def to_bytes(text):
    return text.encode("utf-8", "surrogateescape")


def geodesic_km(a, b):
    """WGS-84, Vincenty 1975; half the circumference where that does not converge."""
    major, flattening = 6378.137, 1 / 298.257223563
    minor = major * (1 - flattening)
    (lat1, lon1), (lat2, lon2) = [(math.radians(p[0] / 1e7), math.radians(p[1] / 1e7)) for p in (a, b)]
    if (lat1, lon1) == (lat2, lon2):
        return 0.0
    u1, u2 = (math.atan((1 - flattening) * math.tan(lat)) for lat in (lat1, lat2))
    sin_u1, cos_u1, sin_u2, cos_u2 = math.sin(u1), math.cos(u1), math.sin(u2), math.cos(u2)
    between = math.remainder(lon2 - lon1, 2 * math.pi)
    lam = between
    for _ in range(1000):
        sin_lam, cos_lam = math.sin(lam), math.cos(lam)
        sin_sigma = math.hypot(cos_u2 * sin_lam, cos_u1 * sin_u2 - sin_u1 * cos_u2 * cos_lam)
        if sin_sigma == 0:
            return 0.0
        cos_sigma = sin_u1 * sin_u2 + cos_u1 * cos_u2 * cos_lam
        sigma = math.atan2(sin_sigma, cos_sigma)
        sin_alpha = cos_u1 * cos_u2 * sin_lam / sin_sigma
        cos2_alpha = 1 - sin_alpha**2
        cos_2m = cos_sigma - 2 * sin_u1 * sin_u2 / cos2_alpha if cos2_alpha > 1e-15 else 0.0
        c = flattening / 16 * cos2_alpha * (4 + flattening * (4 - 3 * cos2_alpha))
        before = lam
        lam = between + (1 - c) * flattening * sin_alpha * (
            sigma + c * sin_sigma * (cos_2m + c * cos_sigma * (2 * cos_2m**2 - 1)))
        if abs(lam - before) < 1e-14:
            break
        if abs(lam) > math.pi + 1e-9:
            return 20003.9
    else:
        return 20003.9
    squared = cos2_alpha * (major**2 - minor**2) / minor**2
    big_a = 1 + squared / 16384 * (4096 + squared * (-768 + squared * (320 - 175 * squared)))
    big_b = squared / 1024 * (256 + squared * (-128 + squared * (74 - 47 * squared)))
    shift = big_b * sin_sigma * (cos_2m + big_b / 4 * (
        cos_sigma * (2 * cos_2m**2 - 1)
        - big_b / 6 * cos_2m * (4 * sin_sigma**2 - 3) * (4 * cos_2m**2 - 3)))
    return minor * big_a * (sigma - shift)


class Distances:
    def __init__(self):
        self.known, self.near_a_limit = {}, 0

    def kind(self, a, b):
        if (a, b) not in self.known:
            km = geodesic_km(a, b)
            # Lambert's formula is within 10 m: such a pair may be judged either way.
            self.near_a_limit += any(abs(km - limit) < 0.02 for limit in (CLOSE_KM, MEDIUM_KM))
            self.known[a, b] = "close" if km < CLOSE_KM else "medium" if km < MEDIUM_KM else "far"
        return self.known[a, b]


# ---- The logic ----

KINDS = (("retweet", "retweets"), ("reply", "replies"), ("quote", "quotes"))


class Answers:
    def __init__(self, conversation, places, clean_min=80, cutoff=fractions.Fraction(1, 200), other_strings=False):
        self.c, self.places = conversation, places
        self.clean_min, self.cutoff, self.other_strings = clean_min, cutoff, other_strings
        self.distances = Distances()
        self.present = {t for t in conversation.known if not conversation.is_deleted(t)}
        self.kinds = {t: self.kind_of(t) for t in self.present}
        self.locations = {u: conversation.users.get(u, "location", "") for u in conversation.users.rows}
        self.find_responses()
        self.find_bad_places()

    def kind_of(self, tweet):
        for field, plural in KINDS:
            reference = self.c.tweets.get(tweet, field, 0)
            if reference:
                return plural, reference
        return "originals", None

    def place_of(self, user):
        """(coordinates, is a map point) or None."""
        location = self.locations.get(user, "")
        return self.places.of.get(location) if location else None

    def weight(self, tweet):
        whose = "own " if tweet in self.c.heard else "embedded "
        followers = self.c.tweets.get(tweet, whose + "followers", 0)
        tweets = self.c.tweets.get(tweet, whose + "tweets", 0)
        return math.sqrt(followers) / math.sqrt(math.sqrt(max(tweets, 1)))

    def find_responses(self):
        self.responses = []
        for tweet in sorted(self.present):
            kind, to = self.kinds[tweet]
            if to is None or to not in self.present:
                continue
            responder, author = self.c.tweets.get(tweet, "author"), self.c.tweets.get(to, "author")
            if responder is None or author is None or responder == author:
                continue
            ends = [self.place_of(author), self.place_of(responder)]
            located = all(end is not None and end[1] for end in ends)
            distance = self.distances.kind(ends[0][0], ends[1][0]) if located else None
            self.responses.append({
                "tweet": tweet, "kind": kind, "to": to, "author": author, "responder": responder,
                "weight": self.weight(tweet), "distance": distance,
                "ends": (ends[0][0], ends[1][0]) if located else None,
                "same_string": self.locations.get(author) == self.locations.get(responder)})
        self.located = [r for r in self.responses if r["ends"]]

    def round_evidence(self, bad):
        """Reliable authors and speakers of each place that has any, with these bad ones left out."""
        counts = collections.defaultdict(lambda: [0, 0])
        where = {}
        for r in self.located:
            if r["ends"][0] in bad or r["ends"][1] in bad:
                continue
            counts[r["author"]][0] += 1
            counts[r["author"]][1] += r["distance"] == "close" and not (self.other_strings and r["same_string"])
            where[r["author"]] = r["ends"][0]
        evidence = collections.defaultdict(lambda: [0, 0])
        for author, (n, close) in counts.items():
            if n >= self.clean_min:
                evidence[where[author]][0] += 1
                evidence[where[author]][1] += fractions.Fraction(close, n) > self.cutoff
        return evidence

    def find_bad_places(self):
        self.bad, self.rounds = {}, 0  # place -> (round, reliable authors)
        while True:
            self.evidence = self.round_evidence(self.bad)
            falling = {p: e[0] for p, e in self.evidence.items() if e[0] > 0 and e[1] == 0}
            if not falling:
                break
            self.rounds += 1
            self.bad.update({p: (self.rounds, authors) for p, authors in falling.items()})
        for r in self.responses:
            r["clean"] = bool(r["ends"]) and not any(end in self.bad for end in r["ends"])

    # -- Files --

    def totals(self):
        kinds = collections.Counter(kind for kind, _ in self.kinds.values())
        return {"heard": len(self.c.heard & self.present), "tweets": len(self.present),
                **{k: kinds[k] for k in ("originals", "retweets", "replies", "quotes")},
                "deleted": len(self.c.deleted_ms), "users": len(self.c.users.rows),
                "users_with_location": sum(1 for location in self.locations.values() if location),
                "responses": len(self.responses), "located": len(self.located),
                "clean": sum(r["clean"] for r in self.responses),
                "bad_places": len(self.bad), "rounds": self.rounds}

    def place_json(self, user):
        place = self.place_of(user)
        if place is None:
            return None
        at = place[0]
        return {"name": self.places.names[at], "lat": at[0] / 1e7, "lon": at[1] / 1e7, "country": ""}

    @staticmethod
    def sums(responses):
        kinds = collections.Counter(r["kind"] for r in responses)
        return {"responses": len(responses), **{plural: kinds[plural] for _, plural in KINDS}}

    def authors(self):
        by_author = collections.defaultdict(list)
        for r in self.responses:
            by_author[r["author"]].append(r)
        for author, got in sorted(by_author.items()):
            clean = [r for r in got if r["clean"]]
            distances = collections.Counter(r["distance"] for r in clean)
            yield {"id": str(author), "username": self.c.users.get(author, "username", ""),
                   "location": self.locations.get(author, ""), "place": self.place_json(author),
                   **self.sums(got), "responders": len({r["responder"] for r in got}),
                   "influence": math.fsum(r["weight"] for r in got),
                   "clean": {"responses": len(clean), **{d: distances[d] for d in ("close", "medium", "far")},
                             "influence": math.fsum(r["weight"] for r in clean)}}

    def tweets(self):
        by_tweet = collections.defaultdict(list)
        for r in self.responses:
            by_tweet[r["to"]].append(r)
        for tweet, got in sorted(by_tweet.items()):
            yield {"id": str(tweet), "author_id": str(self.c.tweets.get(tweet, "author")),
                   "created_at": write_ms(self.c.tweets.get(tweet, "created")),
                   "text": self.c.tweets.get(tweet, "text", ""), **self.sums(got),
                   "influence": math.fsum(r["weight"] for r in got)}

    def places_found(self):
        for at in sorted({end for r in self.located for end in r["ends"]}):
            if at in self.bad:
                fell, authors = self.bad[at]
                verdict, speakers = "bad", 0
            else:
                fell, (authors, speakers) = None, self.evidence.get(at, (0, 0))
                verdict = "good" if authors else "unjudged"
            yield {"lat": at[0] / 1e7, "lon": at[1] / 1e7, "name": self.places.names[at], "verdict": verdict,
                   "round": fell, "authors": authors, "speakers": speakers}

    def minutes(self):
        minutes = collections.defaultdict(collections.Counter)
        for tweet in self.c.heard & self.present:
            created = self.c.tweets.get(tweet, "created")
            if created is not None:
                minutes[created // 60000].update(["tweets", self.kinds[tweet][0]])
        for minute, counts in sorted(minutes.items()):
            yield {"minute": write_ms(minute * 60000),
                   **{k: counts[k] for k in ("tweets", "retweets", "replies", "quotes")}}

    def accounting(self):
        names = ("accepted", "repaired", "ignored", "rejected")
        return {"items": sum(self.c.outcomes.values()), **{name: self.c.outcomes[name] for name in names},
                **{f"{kind}_by": dict(sorted(self.c.reasons[kind].items()))
                   for kind in ("ignored", "rejected", "repaired")}}

    def files(self):
        return {"accounting.json": [self.accounting()], "totals.json": [self.totals()],
                "authors.jsonl": self.authors(), "tweets.jsonl": self.tweets(),
                "places.jsonl": self.places_found(), "minutes.jsonl": self.minutes()}


# ---- Checking itself ----

def check_itself():
    def near(found, expected, by):
        assert abs(found - expected) < by, (found, expected)

    flinders, buninyong = (-379510334, 1444248679), (-376528212, 1439264955)
    near(geodesic_km(flinders, buninyong), 54.972271, 1e-4)  # Vincenty's own example
    near(geodesic_km((0, 0), (0, 10000000)), 111.319491, 1e-5)
    near(geodesic_km((0, 0), (900000000, 0)), 10001.965729, 1e-5)
    near(geodesic_km((0, 0), (5000000, 1797000000)), 20003.9, 70)
    near(read_ms("Wed Oct 10 20:19:24 +0000 2018"), 1539202764000, 1)
    near(read_ms("2018-10-10T22:19:24.5Z"), 1539209964500, 1)

    c = Conversation(2 * 10**12)
    where = Places()
    where.of = {"A": ((0, 0), True), "B": ((0, 10000000), True), "big": ((0, 5), False)}
    where.names = {v[0]: k for k, v in where.of.items()}

    def v1(tweet, user, at, location, **more):
        return json.dumps({"id_str": str(tweet), "created_at": "Wed Oct 10 20:19:%02d +0000 2018" % at,
                           "user": {"id_str": str(user), "location": location, "followers_count": 16,
                                    "statuses_count": 16}, "text": "t", **more}).encode()

    original = json.loads(v1(1, 10, 0, " A\u00a0"))
    for line in (v1(2, 11, 1, "B", retweeted_status=original), v1(3, 10, 2, "A", in_reply_to_status_id=1),
                 v1(4, 12, 3, "big", quoted_status_id_str="1"), v1(4, 12, 3, "big", quoted_status_id_str="1"),
                 v1(5, 13, 4, None, in_reply_to_status_id=99), b'{"delete":{"status":{"id":6}}}', b" ",
                 v1(6, 14, 5, "A", in_reply_to_status_id=1), b"[1]", b"{", b'{"user":{},"text":""}', b"[]"):
        c.read_line(line)
    a = Answers(c, where, clean_min=1)
    expected = {"heard": 4, "tweets": 5, "originals": 1, "retweets": 1, "replies": 2, "quotes": 1, "deleted": 1,
                "users": 5, "users_with_location": 4, "responses": 2, "located": 1, "clean": 1,
                "bad_places": 0, "rounds": 0}
    assert a.totals() == expected, a.totals()
    assert a.accounting() == {"items": 12, "accepted": 6, "repaired": 0, "ignored": 3, "rejected": 3,
                              "ignored_by": {"blank": 1, "delete": 1, "empty_array": 1},
                              "rejected_by": {"invalid_json": 1, "no_id": 1, "not_an_object": 1},
                              "repaired_by": {}}, a.accounting()
    author, = a.authors()
    assert author["location"] == "A" and author["influence"] == 4.0 and author["clean"]["close"] == 1, author
    assert [p["verdict"] for p in a.places_found()] == ["good", "unjudged"], list(a.places_found())
    print("batch.py: ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*")
    parser.add_argument("--out")
    parser.add_argument("--places")
    parser.add_argument("--clean-min", type=int, default=80)
    parser.add_argument("--clean-cutoff", type=fractions.Fraction, default=fractions.Fraction("0.005"))
    parser.add_argument("--clean-evidence", choices=("all", "other-strings"), default="all")
    parser.add_argument("--now", help="RFC 3339; times more than 10 minutes later are rejected")
    o = parser.parse_args()
    if not o.inputs:
        return check_itself()
    now = datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000
    conversation = Conversation(read_ms(o.now) if o.now else int(now))
    for name in o.inputs:
        inside = [os.path.join(d, f) for d, _, names in os.walk(name) for f in names]
        for path in sorted(inside) if os.path.isdir(name) else [name]:
            read_file(conversation, path)
    answers = Answers(conversation, Places(o.places), o.clean_min, o.clean_cutoff,
                      o.clean_evidence == "other-strings")
    os.makedirs(o.out or ".", exist_ok=True)
    for name, rows in answers.files().items():
        with open(os.path.join(o.out or ".", name), "w", encoding="utf-8") as f:
            for row in rows:
                f.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    if answers.distances.near_a_limit:
        print(f"batch.py: {answers.distances.near_a_limit} pairs of places are within 20 m of a limit of distance",
              file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
