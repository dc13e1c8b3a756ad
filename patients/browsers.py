"""What a browser calls itself, made coarse: enough for people to know their device, too little to follow anybody."""

# The first that is found counts: Edge and Samsung's browser call themselves Chrome, and Chrome calls itself Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
UNKNOWN = "?"
LONGEST = 1000


def label(user_agent: str) -> str:
    """``Chrome on Android``; one half alone where the other is unknown, ``?`` where both are. Names are not translated."""
    said = user_agent[:LONGEST]
    browser = next((name for sign, name in BROWSERS if sign in said), "")
    system = next((name for sign, name in SYSTEMS if sign in said), "")
    return " on ".join(part for part in (browser, system) if part) or UNKNOWN
